import { LevError } from '@levattention/core/internal'
import type {
  CallOptions,
  HeavyAttentionsOptions,
  RowSampleOptions,
  UniversalSetOptions,
} from './levattention.ts'
import type { RuntimeOptions } from './runtime.ts'
import type { SessionOptions } from './sessions/session.ts'

/** All names of T's options: the compiler misses one that is not here. */
type Names<T> = Readonly<Record<keyof Required<T>, true>>

const CALL: Names<CallOptions> = {
  signal: true,
  onProgress: true,
  shards: true,
  shardRows: true,
  fanIn: true,
  queryBatches: true,
  p: true,
  passes: true,
  method: true,
  delta: true,
  seed: true,
  queryCount: true,
}

const KNOWN: {
  readonly levattention: Names<Omit<RuntimeOptions, 'early'>>
  readonly universalSet: Names<UniversalSetOptions>
  readonly heavyAttentions: Names<HeavyAttentionsOptions>
  readonly sample: Names<RowSampleOptions>
  readonly session: Names<SessionOptions>
} = {
  levattention: { workers: true, kernels: true, hangLimitMs: true },
  universalSet: { ...CALL, epsilon: true, keep: true, causal: true, tighten: true },
  heavyAttentions: { ...CALL, epsilon: true, keys: true, queryStart: true, scores: true },
  sample: { ...CALL, rows: true },
  session: { epsilon: true, actors: true, maxWaiting: true },
}

/** Throws Option where `options` of `call` has a name that it does not know: without types a misspelt one would count for nothing. */
export function requireKnownOptions(call: keyof typeof KNOWN, options: object): void {
  const known = KNOWN[call]
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  if (unknown === undefined) return
  const message = `${call} has no option '${unknown}'; it has ${Object.keys(known).join(', ')}`
  throw new LevError('Option', message, { option: unknown })
}
