import { types } from 'node:util'
import {
  ANY,
  type AnyAttendOptions,
  ATTEND_OPTIONS,
  CALLBACK,
  countFrom,
  FLAG,
  isEpsilon,
  type MatrixSource,
  NUMBER,
  oneOf,
  type OptionKind,
  type OptionKinds,
  POWER,
  requireOptions,
  SIGNAL,
  TEXT,
  type VisibilityOptions,
} from '@levattention/core/internal'
import type { CoverageOptions } from '../coverage/coverage-problem.ts'
import { type HeadsCall, SKIPPING } from './bad-heads.ts'
import type { CallOptions } from './call-options.ts'
import type { PlanOptions } from '../plan/plan.ts'
import type { SoftmaxPairsOptions as SoftmaxOptions } from '../problem/softmax-problem.ts'
import type { RuntimeOptions } from '../engines/runtime.ts'
import type { SketchOptions } from '../plan/sketch-options.ts'
import type { LiveOpening, LiveSummaryBytes, LiveSummaryTerms } from '../sessions/live-summary.ts'
import type { SessionOptions } from '../sessions/session.ts'
import type { CurveOptions } from './curve-call.ts'
import type { DesignTerms } from './design-sources.ts'
import type { ScoresOptions } from './scores-call.ts'
import type { SeenKeys, SeenQueries } from './seen-sources.ts'
import type { VerifyOptions } from './verify-call.ts'

/** What `universalSet` takes beside the keys. */
export interface UniversalSetOptions
  extends
    CallOptions,
    SeenKeys,
    SketchOptions,
    Pick<PlanOptions, 'passes' | 'shards' | 'shardRows' | 'fanIn'> {
  /** Attention threshold in (0, 1]; default 0.01. */
  readonly epsilon?: number
  /** Instead of epsilon: the N keys with the largest bounds, and the epsilon that they certify. */
  readonly keep?: number
  /** Exponent of |q.k|^p, any above 0; default 2. */
  readonly p?: number
  /** For queries that see keys up to their own position alone: `heavyAttentions` then needs the keys. */
  readonly causal?: boolean
  /** p >= 1 other than 2: lower the bounds of at most 1000 keys by dual certificates, in up to 5 further passes. */
  readonly tighten?: boolean
  /** Row id of the first row, where the keys are a part of a larger matrix whose sets are merged. Default 0. */
  readonly rowOffset?: number
  /** p other than 2: the set can be merged and saved, at the price of one more pass. Those of p = 2 always can. */
  readonly mergeable?: boolean
}

/** What `merge` takes beside its parts. */
export type MergeOptions = CallOptions

/** What `heavyAttentions` takes beside set and queries. */
export interface HeavyAttentionsOptions
  extends
    CallOptions,
    SeenKeys,
    SeenQueries,
    Pick<PlanOptions, 'shards' | 'shardRows' | 'fanIn' | 'queryBatches'> {
  /**
   * p other than 2. exact (default where keys are given): every reported score is computed from all keys. interval: its
   * certified ends, from the universal set alone where they settle the pair. estimate: by draws from `keys`, each with its standard
   * error; none is missed but with a probability of `delta` over `seed` (docs/guarantees.md, "Estimates").
   */
  readonly scores?: 'exact' | 'interval' | 'estimate'
  /** Scores estimate: the probability that a pair is missed; default 1e-6. */
  readonly delta?: number
  /** Scores estimate: which draws; by default one at random, which every batch tells. */
  readonly seed?: number
  /** The keys, if they can be read again: queries outside the certificate are then decided exactly, not only listed. */
  readonly keys?: MatrixSource
  /** Of a causal set: the key at which the first query stands; default 0, with as many queries as keys. */
  readonly queryStart?: number
  /** At least the universal set's epsilon, which is the default. */
  readonly epsilon?: number
}

/** What `softmaxPairs` takes beside queries and keys. */
export interface SoftmaxPairsOptions
  extends
    CallOptions,
    HeadsCall,
    VisibilityOptions,
    Pick<SoftmaxOptions, 'scale' | 'epsilon' | 'top' | 'precision'>,
    Pick<PlanOptions, 'shards' | 'shardRows' | 'fanIn' | 'queryBatches'> {}

/** What `sample` takes beside the keys. */
export interface RowSampleOptions
  extends CallOptions, SeenKeys, DesignTerms, Pick<PlanOptions, 'shards' | 'shardRows'> {
  /** Rows in expectation, a whole number of at least 1. */
  readonly rows: number
  /** Which rows; default 1. */
  readonly seed?: number
}

/** Checked against the rows where these are known. */
const SEEN_KEYS: OptionKinds<SeenKeys> = { keyRows: ANY, keyMask: ANY }
const SEEN_QUERIES: OptionKinds<SeenQueries> = { queryRows: ANY, queryMask: ANY }
const VISIBILITY: OptionKinds<VisibilityOptions> = {
  causal: FLAG,
  queryStart: countFrom(0),
  slidingWindow: countFrom(1),
  segment: countFrom(1),
  ...SEEN_KEYS,
  ...SEEN_QUERIES,
}

/** What `coverage` takes; `scores` by their names. */
type CoverageCallKinds = CoverageOptions & HeadsCall & CallOptions & { readonly scores?: object }

export const CALL: OptionKinds<CallOptions> = { signal: SIGNAL, onProgress: CALLBACK }
const COUNT = countFrom(1)
/** A multiple of a chunk: checked where the plan is made. */
const CUTS = { shards: COUNT, shardRows: COUNT, fanIn: countFrom(2) }

const RECORD: OptionKind = {
  wanted: 'numbers by their names, as in { mine: scores }',
  holds: (value) => typeof value === 'object' && value !== null,
}

const SHARE: OptionKind = {
  wanted: 'a number above 0 and at most 1, for instance 0.01',
  holds: isEpsilon,
}

function listOf(what: string, isOne: (value: unknown) => boolean): OptionKind {
  return { wanted: `a list of ${what}`, holds: (value) => Array.isArray(value) && value.every(isOne) }
}

const SKETCH: OptionKinds<SketchOptions> = {
  method: oneOf('exact', 'sketch'),
  delta: NUMBER,
  seed: countFrom(0),
  queryCount: countFrom(0),
}

const DESIGN: OptionKinds<DesignTerms> = {
  intercept: FLAG,
  weights: {
    wanted: 'numbers, one a row (integers up to 2^53), or the name of a file of them',
    holds: (value) => typeof value === 'string' || isNumbers(value),
  },
}

/** Of any array-like: numbers, true and false, integers of 64 bits that float64 holds. */
function isNumbers(value: unknown): value is ArrayLike<number | bigint | boolean> {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false
  if (types.isTypedArray(value) && !types.isBigInt64Array(value) && !types.isBigUint64Array(value))
    return true
  // It is refused where its numbers are taken.
  if (types.isTypedArray(value) && value.length === 0) return true
  const { length } = value as { length?: unknown }
  if (!Number.isSafeInteger(length)) return false
  return Array.from(value as ArrayLike<unknown>).every(
    (one) =>
      typeof one === 'number' ||
      typeof one === 'boolean' ||
      (typeof one === 'bigint' && one <= LARGEST && one >= -LARGEST),
  )
}

/** Beyond it float64 does not tell neighbours apart. */
const LARGEST = 2n ** 53n

const KNOWN: {
  readonly levattention: OptionKinds<RuntimeOptions>
  readonly universalSet: OptionKinds<UniversalSetOptions>
  readonly heavyAttentions: OptionKinds<HeavyAttentionsOptions>
  readonly softmaxPairs: OptionKinds<SoftmaxPairsOptions>
  readonly attend: OptionKinds<AnyAttendOptions & HeadsCall & CallOptions>
  readonly coverage: OptionKinds<CoverageCallKinds>
  readonly sample: OptionKinds<RowSampleOptions>
  readonly scores: OptionKinds<ScoresOptions>
  readonly curve: OptionKinds<CurveOptions>
  readonly verify: OptionKinds<VerifyOptions>
  readonly merge: OptionKinds<MergeOptions>
  readonly session: OptionKinds<SessionOptions>
  readonly liveSummary: OptionKinds<LiveSummaryTerms & LiveSummaryBytes & LiveOpening>
} = {
  levattention: {
    workers: countFrom(0, 1024),
    kernels: oneOf('auto', 'native', 'wasm', 'scalar'),
    hangLimitMs: { wanted: 'at least 100', holds: (value) => typeof value === 'number' && value >= 100 },
  },
  universalSet: {
    epsilon: SHARE,
    p: POWER,
    keep: COUNT,
    causal: FLAG,
    tighten: FLAG,
    rowOffset: countFrom(0),
    mergeable: FLAG,
    passes: COUNT,
    ...SEEN_KEYS,
    ...CUTS,
    ...SKETCH,
    ...CALL,
  },
  heavyAttentions: {
    keys: ANY,
    epsilon: SHARE,
    scores: oneOf('exact', 'interval', 'estimate'),
    delta: NUMBER,
    seed: countFrom(0),
    queryStart: countFrom(0),
    queryBatches: COUNT,
    ...SEEN_KEYS,
    ...SEEN_QUERIES,
    ...CUTS,
    ...CALL,
  },
  softmaxPairs: {
    scale: NUMBER,
    epsilon: SHARE,
    top: COUNT,
    precision: oneOf('f32', 'f64'),
    queryBatches: COUNT,
    skipBadHeads: SKIPPING,
    ...VISIBILITY,
    ...CUTS,
    ...CALL,
  },
  attend: { ...ATTEND_OPTIONS, skipBadHeads: SKIPPING, ...CALL },
  coverage: {
    attention: oneOf('softmax'),
    select: listOf('names of selections', (one) => typeof one === 'string'),
    keep: listOf('numbers of keys', (one) => typeof one === 'number'),
    heavy: SHARE,
    holdout: FLAG,
    sample: COUNT,
    seed: countFrom(0),
    scale: NUMBER,
    local: countFrom(0),
    sinkTokens: countFrom(0),
    restClusters: COUNT,
    grid: ANY,
    scores: RECORD,
    skipBadHeads: SKIPPING,
    ...VISIBILITY,
    ...CALL,
  },
  scores: { p: POWER, passes: COUNT, id: TEXT, ...DESIGN, ...SEEN_KEYS, ...CUTS, ...CALL },
  curve: { p: POWER, passes: COUNT, ...DESIGN, ...SEEN_KEYS, ...CUTS, ...SKETCH, ...CALL },
  verify: {
    attention: oneOf('power', 'softmax'),
    epsilon: SHARE,
    p: POWER,
    sign: oneOf('both', 'positive'),
    sample: COUNT,
    seed: countFrom(0),
    scale: NUMBER,
    top: COUNT,
    precision: oneOf('f32', 'f64'),
    ...VISIBILITY,
    ...CALL,
  },
  merge: CALL,
  sample: {
    rows: COUNT,
    seed: countFrom(0),
    shards: COUNT,
    shardRows: COUNT,
    ...DESIGN,
    ...SEEN_KEYS,
    ...CALL,
  },
  session: {
    epsilon: SHARE,
    actors: countFrom(1, 1024),
    maxWaiting: COUNT,
    scores: oneOf('interval', 'estimate'),
    keys: ANY,
    delta: NUMBER,
    seed: countFrom(0),
    queryCount: COUNT,
    ...CALL,
  },
  liveSummary: {
    dim: NUMBER,
    epsilon: SHARE,
    p: POWER,
    rowStart: countFrom(0),
    form: oneOf('gram', 'triangular'),
    seed: countFrom(0),
    bytes: ANY,
    ...CALL,
  },
}

/** Throws Option where `options` of `call` has a name, or a value of a kind, that it does not take. */
export function requireCallOptions(call: keyof typeof KNOWN, options: object): void {
  requireOptions<object>(call, KNOWN[call], options, belongsTo)
}

/** Of which calls `name` is an option. */
function belongsTo(name: string): string | undefined {
  const owners = Object.entries(KNOWN).filter(([, kinds]) => Object.hasOwn(kinds, name))
  if (name === 'attention')
    return 'softmax is asked of softmaxPairs, attend, coverage and verify: it has no universal set, and every query meets every key'
  return owners.length === 0 ? undefined : `it is an option of ${listed(owners.map(([call]) => call))}`
}

/** 'a', 'a and b', 'a, b and c'. */
function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((name) => name !== '').join(' and ')
}
