import type { TokenGrid } from '../attend/attend-terms.ts'
import type { VisibilityOptions } from '../attention/visibility-options.ts'
import type { FixedSet } from '../selection/fixed-set.ts'

/** Which keys a query may see. Query i stands at position queryStart + i. */
export interface Visibility {
  /** A query sees keys up to its own position. */
  readonly causal?: boolean | undefined
  /** Default 0; has to be given with `causal` and `segment` where there are not as many queries as keys. */
  readonly queryStart?: number | undefined
  /** With `causal`: a query sees the last so many keys up to its own position, its own among them. */
  readonly slidingWindow?: number | undefined
  /** Rows [c W, (c+1) W) are a K and a Q of their own. */
  readonly segment?: number | undefined
  /** [n], 0 = seen by no query. */
  readonly keyMask?: Uint8Array | undefined
  /** [m], 0 = sees nothing. */
  readonly queryMask?: Uint8Array | undefined
}

/**
 * Which of the keys that it sees a query attends to: the fixed set, its local keys, and the first ones. `{ keep: 32 }` are the 32 of
 * the largest leverage.
 */
export type Selection = FixedSet & {
  /** Keys |i - j| <= local, with `causal` 0 <= i - j <= local; on a grid those of a Manhattan distance <= local. */
  readonly local?: number | undefined
  /** The first so many keys. */
  readonly sinkTokens?: number | undefined
  /** The keys left out stand in as so many clusters of each segment: log count, mean key, mean value. */
  readonly restClusters?: number | undefined
  /** Of the clusters, and of rules that draw; default 1. */
  readonly seed?: number | undefined
  /** Keys are cells in row-major order, behind prefix tokens. */
  readonly grid?: TokenGrid | undefined
}

/** The weight of a key for a query: exp(scale <q, k>), or |<q, k>|^p. */
export type Weights =
  | {
      /** The default. */
      readonly attention?: 'softmax' | undefined
      /** Default: 1/sqrt(d). */
      readonly scale?: number | undefined
    }
  | {
      /** |<q, k>|^p. */
      readonly attention: 'power'
      /** Any above 0; default 2. */
      readonly p?: number | undefined
    }

/** What a query sees, how its keys are weighed, and which of them it attends to. */
export type AttendOptions = Visibility &
  Weights & {
    /** The fixed set, local keys, first keys. */
    readonly selection: Selection
  }

/** The options in one, as they are checked and told apart; rows are those of a command. */
export interface AnyAttendOptions extends VisibilityOptions {
  readonly attention?: 'softmax' | 'power' | undefined
  readonly scale?: number | undefined
  readonly p?: number | undefined
  readonly selection: Selection
}
