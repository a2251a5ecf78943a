import {
  ANY,
  CALLBACK,
  countFrom,
  FLAG,
  LEAST_EPSILON,
  LevError,
  NUMBER,
  oneOf,
  type OptionKind,
  type OptionKinds,
  requireOptions,
  SIGNAL,
  type UniversalSet,
} from '@levattention/core/internal'
import type {
  CallOptions,
  HeavyAttentionsOptions,
  RowSampleOptions,
  UniversalSetOptions,
} from './call-options.ts'
import type { RuntimeOptions } from './runtime.ts'
import type { SketchOptions } from './sketch-options.ts'
import type { LiveSummaryBytes, LiveSummaryTerms } from './sessions/live-summary.ts'
import type { SessionOptions } from './sessions/session.ts'

const CALL: OptionKinds<CallOptions> = { signal: SIGNAL, onProgress: CALLBACK }
const COUNT = countFrom(1)
/** A multiple of a chunk: checked where the plan is made. */
const CUTS = { shards: COUNT, shardRows: COUNT, fanIn: countFrom(2) }

const SHARE: OptionKind = {
  wanted: 'a number above 0 and at most 1, for instance 0.01',
  holds: (value) => typeof value === 'number' && value >= LEAST_EPSILON && value <= 1,
}
const POWER: OptionKind = {
  wanted: 'a number above 0, for instance 2',
  holds: (value) => typeof value === 'number' && value > 0 && Number.isFinite(value),
}

const SKETCH: OptionKinds<SketchOptions> = {
  method: oneOf('exact', 'sketch'),
  delta: NUMBER,
  seed: countFrom(0),
  queryCount: countFrom(0),
}

const KNOWN: {
  readonly levattention: OptionKinds<RuntimeOptions>
  readonly universalSet: OptionKinds<UniversalSetOptions>
  readonly heavyAttentions: OptionKinds<HeavyAttentionsOptions>
  readonly sample: OptionKinds<RowSampleOptions>
  readonly session: OptionKinds<SessionOptions>
  readonly liveSummary: OptionKinds<LiveSummaryTerms & LiveSummaryBytes>
} = {
  levattention: {
    workers: countFrom(0, 1024),
    kernels: oneOf('auto', 'wasm', 'scalar'),
    hangLimitMs: { wanted: 'at least 100', holds: (value) => typeof value === 'number' && value >= 100 },
  },
  universalSet: {
    epsilon: SHARE,
    p: POWER,
    keep: COUNT,
    causal: FLAG,
    tighten: FLAG,
    passes: COUNT,
    ...CUTS,
    ...SKETCH,
    ...CALL,
  },
  heavyAttentions: {
    keys: ANY,
    epsilon: SHARE,
    scores: oneOf('exact', 'interval'),
    queryStart: countFrom(0),
    queryBatches: COUNT,
    ...CUTS,
    ...CALL,
  },
  sample: { rows: COUNT, seed: countFrom(0), shards: COUNT, shardRows: COUNT, ...CALL },
  session: { epsilon: SHARE, actors: countFrom(1, 1024), maxWaiting: COUNT },
  liveSummary: {
    dim: NUMBER,
    epsilon: SHARE,
    p: POWER,
    rowStart: countFrom(0),
    form: oneOf('gram', 'triangular'),
    seed: countFrom(0),
    bytes: ANY,
  },
}

/** Throws Option where `options` of `call` has a name, or a value of a kind, that it does not take. */
export function requireCallOptions(call: keyof typeof KNOWN, options: object): void {
  requireOptions<object>(call, KNOWN[call], options, belongsTo)
}

/** Of which calls `name` is an option. */
function belongsTo(name: string): string | undefined {
  const owners = Object.entries(KNOWN).filter(([, kinds]) => Object.hasOwn(kinds, name))
  return owners.length === 0 ? undefined : `it is an option of ${owners.map(([call]) => call).join(' and ')}`
}

/** Throws Option where two options say the same, or one plays no part beside the others. */
export function requireOneChoice({ epsilon, keep, method, ...others }: UniversalSetOptions): void {
  if (epsilon !== undefined && keep !== undefined)
    throw refuse('keep', 'epsilon and keep both say which keys are kept; give one of them')
  if (method === 'sketch') return
  const idle = (['delta', 'seed', 'queryCount'] as const).find((name) => others[name] !== undefined)
  if (idle !== undefined)
    throw refuse(idle, `${idle} is for method 'sketch'; leave it out, or give method: 'sketch' as well`)
}

/** Throws Option where scores are asked for that cannot be had. */
export function requireScoresOf({ p }: UniversalSet, { scores, keys }: HeavyAttentionsOptions): void {
  if (scores !== 'exact' || keys !== undefined || p === 2) return
  throw refuse(
    'scores',
    `exact scores of p = ${p} are sums over all keys: give keys as well, or leave scores out`,
  )
}

function refuse(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
