import type { Writable } from 'node:stream'
import {
  type HeaderRecord,
  type HeavyPairSink,
  LevError,
  openHeavySink,
  type ScoresMode,
  type UniversalSet,
} from '@levattention/core/internal'
import { guaranteeOf } from './guarantee.ts'
import { countingSink, type Sign } from './search-pairs.ts'

/** What .npz files of heavy pairs say of themselves; a reader checks it before the rest. */
const HEAVY_FORMAT_VERSION = 1

export interface PairsOutput {
  /** A file, `-` for `stdout`, or undefined: count only. */
  readonly out: string | undefined
  readonly stdout?: Writable | undefined
  readonly force: boolean
  readonly tmp?: string | undefined
}

/** Where pairs go, for row ids below `n` and `m` queries. Throws CannotWrite, Option. */
export function openPairs({ out, stdout, force, tmp }: PairsOutput, n: number, m: number): HeavyPairSink {
  if (out === undefined) return countingSink()
  if (out !== '-') return openHeavySink(out, { n, m, force, ...(tmp === undefined ? {} : { tmp }) })
  if (stdout === undefined) throw new LevError('Option', 'pairs for - need a stream; name a file')
  return openHeavySink('-', { n, m, stream: stdout })
}

/** The `meta` of a heavy .npz: what its numbers mean, and nothing of how or where they were made. */
export function heavyMeta(
  universal: UniversalSet,
  { epsilon, m, sign, scores }: { epsilon: number; m: number; sign: Sign; scores?: ScoresMode | undefined },
): HeaderRecord {
  const { p, rowCount: n, dim: d } = universal
  return {
    formatVersion: HEAVY_FORMAT_VERSION,
    attention: attentionName(p),
    p,
    epsilon,
    causal: false,
    sign,
    n,
    d,
    m,
    ...sketchMeta(guaranteeOf(universal.factor, universal.epsilon, m)),
    ...(p !== 2 && scores === 'interval' ? { scores } : {}),
  }
}

/** What files of method sketch say of it; nothing where nothing can be missed. */
export function sketchMeta({ method, guarantee }: ReturnType<typeof guaranteeOf>): HeaderRecord {
  return method === 'sketch' && guarantee.delta !== undefined ? { method, delta: guarantee.delta } : {}
}

export function attentionName(p: number): string {
  return `|q.k|^${p}`
}
