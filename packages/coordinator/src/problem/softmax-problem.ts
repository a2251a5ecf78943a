import {
  HEAVY_FORMAT_VERSION,
  type HeaderRecord,
  softmaxScaleOf,
  type ScaleOptions,
  type Visibility,
  type VisibilityOptions,
  visibilityOf,
} from '@levattention/core/internal'
import { type Outline, secondsOf } from './outline.ts'
import { DEFAULT_EPSILON, type Rows } from './attention-problem.ts'
import { maskDigest, seenCounts } from './seen-rows.ts'

/** What the options say of the exact softmax pairs that are wanted; the names are those of the options. */
export interface SoftmaxPairsOptions extends VisibilityOptions, ScaleOptions {
  /** A_ij >= epsilon; default 0.01, unless `top` is given. */
  readonly epsilon?: number | undefined
  /** The keys of the largest A_ij of each row; with `epsilon` both hold. */
  readonly top?: number | undefined
  /** f64: no row is computed in float32. Default f32. */
  readonly precision?: 'f32' | 'f64' | undefined
}

/** What a summary says of it; what does not apply is absent. */
export interface SoftmaxFacts {
  readonly attention: 'softmax'
  readonly n: number
  readonly d: number
  readonly scale: number
  readonly epsilon?: number
  readonly top?: number
  readonly causal: boolean
  readonly queryStart?: number
  readonly segment?: number
  readonly slidingWindow?: number
  /** Ranges [first, end). */
  readonly keyRows?: readonly [first: number, end: number]
  readonly queryRows?: readonly [first: number, end: number]
  /** How many rows masks hide. */
  readonly keysHidden?: number
  /** Batches over which hidden rows are counted, where there are several. */
  readonly hiddenBatches?: number
  readonly queriesHidden?: number
  /** How many rows take part, where some do not. */
  readonly keysSeen?: number
  readonly queriesSeen?: number
}

/**
 * The exact pairs of softmax attention: which queries Q [m, d] see which keys K [n, d], at which scale, and which pairs are
 * wanted (docs/theory.md section 7). No set of keys is universal for it: `AttentionProblem` is about those that have one.
 */
export class SoftmaxProblem<Keys extends Rows = Rows, Queries extends Rows = Rows> {
  readonly keys: Keys
  readonly queries: Queries
  readonly visibility: Visibility
  readonly scale: number
  readonly epsilon: number | undefined
  readonly top: number | undefined
  readonly precision: 'f32' | 'f64'
  readonly sign = 'both'

  constructor(
    fields: Pick<SoftmaxProblem<Keys, Queries>, 'keys' | 'queries' | 'visibility' | 'scale' | 'precision'> & {
      readonly epsilon: number | undefined
      readonly top: number | undefined
    },
  ) {
    this.keys = fields.keys
    this.queries = fields.queries
    this.visibility = fields.visibility
    this.scale = fields.scale
    this.epsilon = fields.epsilon
    this.top = fields.top
    this.precision = fields.precision
  }

  get queryCount(): number {
    return this.queries.rows
  }

  /** The same between other rows of the same shapes: one of several heads, with masks of its own where it has some. */
  between<K extends Rows, Q extends Rows>(
    keys: K,
    queries: Q,
    masks: Pick<Visibility, 'keyMask' | 'queryMask'> = {},
  ): SoftmaxProblem<K, Q> {
    const { scale, precision, epsilon, top } = this
    const visibility = { ...this.visibility, ...masks }
    return new SoftmaxProblem({ keys, queries, visibility, scale, precision, epsilon, top })
  }

  /** Seconds on one core, roughly: it only decides whether threads are worth their start. */
  work(): number {
    return secondsOf(this.outline())
  }

  /** The same stage by stage. */
  outline(): Outline {
    const { keys, queries } = this
    const pairs = (2 * keys.rows * queries.rows * (keys.cols + 10)) / 2e10
    return { map: (keys.rows * keys.cols) / 1e10, query: pairs }
  }

  facts(): SoftmaxFacts {
    const { keys, visibility, scale, epsilon, top } = this
    return {
      attention: 'softmax',
      n: keys.rows,
      d: keys.cols,
      scale,
      ...(epsilon === undefined ? {} : { epsilon }),
      ...(top === undefined ? {} : { top }),
      ...visibilityFacts(visibility),
      ...this.#seenCounts(),
    }
  }

  #seenCounts(): Pick<SoftmaxFacts, 'keysSeen' | 'queriesSeen'> {
    const { keyRows, queryRows, keyMask, queryMask } = this.visibility
    const of = (mask: Uint8Array | undefined) => mask && { batches: 1, seen: () => mask }
    return seenCounts(
      { rows: this.keys.rows, within: keyRows, mask: of(keyMask) },
      { rows: this.queries.rows, within: queryRows, mask: of(queryMask) },
    )
  }

  /** The `meta` of a heavy .npz: what its numbers mean, and nothing of how or where they were made. */
  header(): HeaderRecord {
    const { keyMask, queryMask } = this.visibility
    const {
      keysHidden: _keys,
      queriesHidden: _queries,
      keysSeen: _k,
      queriesSeen: _q,
      ...facts
    } = this.facts()
    return {
      formatVersion: HEAVY_FORMAT_VERSION,
      ...facts,
      precision: this.precision,
      ...(keyMask ? { keyMaskDigest: maskDigest(keyMask) } : {}),
      ...(queryMask ? { queryMaskDigest: maskDigest(queryMask) } : {}),
      m: this.queryCount,
    }
  }
}

/** The problem of queries [m, d] on keys [n, d]. Throws Option as `visibilityOf` and `softmaxScaleOf`. */
export function softmaxProblem<Keys extends Rows, Queries extends Rows>(
  options: SoftmaxPairsOptions,
  keys: Keys,
  queries: Queries,
): SoftmaxProblem<Keys, Queries> {
  const { top, epsilon = top === undefined ? DEFAULT_EPSILON : undefined, precision = 'f32' } = options
  const visibility = visibilityOf(options, { keyCount: keys.rows, queryCount: queries.rows })
  const scale = softmaxScaleOf(options, keys.cols)
  return new SoftmaxProblem({ keys, queries, visibility, scale, epsilon, top, precision })
}

/** What summaries and files say of what queries see. */
export function visibilityFacts(
  visibility: Visibility,
): Omit<SoftmaxFacts, 'attention' | 'n' | 'd' | 'scale'> {
  const { causal, queryStart, segment, slidingWindow, keyRows, queryRows, keyMask, queryMask } = visibility
  return {
    causal,
    ...(queryStart > 0 ? { queryStart } : {}),
    ...(segment === undefined ? {} : { segment }),
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
    ...(keyRows === undefined ? {} : { keyRows: [keyRows.rowStart, keyRows.rowEnd] }),
    ...(queryRows === undefined ? {} : { queryRows: [queryRows.rowStart, queryRows.rowEnd] }),
    ...(keyMask ? { keysHidden: hiddenCount(keyMask) } : {}),
    ...(queryMask ? { queriesHidden: hiddenCount(queryMask) } : {}),
  }
}

function hiddenCount(mask: Uint8Array): number {
  return mask.reduce((count, seen) => count + (seen === 0 ? 1 : 0), 0)
}
