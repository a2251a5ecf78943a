import type { Writable } from 'node:stream'
import {
  type AttentionMask,
  HEAVY_FORMAT_VERSION,
  type HeaderRecord,
  type HeavyPairSink,
  LevError,
  NO_MASK,
  openHeavySink,
  type RowRanges,
  type ScoresMode,
  type UniversalSet,
} from '@levattention/core/internal'
import { guaranteeOf } from './guarantee.ts'
import { maskFacts } from './mask.ts'
import { countingSink, type Sign } from './search-pairs.ts'

export interface PairsOutput {
  /** A file, `-` for `stdout`, or undefined: count only. */
  readonly out: string | undefined
  readonly stdout?: Writable | undefined
  readonly force: boolean
  readonly tmp?: string | undefined
  /** How messages call `out`, where that is not its final place. */
  readonly shownAs?: string | undefined
}

/** Where pairs go, for row ids below `n` and `m` queries. Throws CannotWrite, Option. */
export function openPairs(
  { out, stdout, force, tmp, shownAs }: PairsOutput,
  n: number,
  m: number,
): HeavyPairSink {
  if (out === undefined) return countingSink()
  if (out !== '-') return openHeavySink(out, { n, m, force, shownAs, ...(tmp === undefined ? {} : { tmp }) })
  if (stdout === undefined) throw new LevError('Option', 'pairs for - need a stream; name a file')
  return openHeavySink('-', { n, m, stream: stdout })
}

/** What is searched for, and among which rows. */
export interface PairsTerms {
  readonly epsilon: number
  readonly m: number
  readonly sign: Sign
  readonly scores?: ScoresMode | undefined
  /** Rows that U was made from, where these may be others than 0 to n - 1. */
  readonly ranges?: RowRanges | undefined
  readonly mask?: AttentionMask | undefined
}

/** The `meta` of a heavy .npz: what its numbers mean, and nothing of how or where they were made. */
export function heavyMeta(
  universal: UniversalSet | Pick<UniversalSet, 'p' | 'rowCount' | 'dim'>,
  { epsilon, m, sign, scores, ranges = [], mask = NO_MASK }: PairsTerms,
): HeaderRecord {
  const { p, rowCount: n, dim: d } = universal
  return {
    formatVersion: HEAVY_FORMAT_VERSION,
    attention: attentionName(p),
    p,
    epsilon,
    ...maskFacts(mask),
    sign,
    n,
    d,
    m,
    // A part, or parts with a gap: ids go beyond n, and the matrix has more columns than n.
    ...((ranges.at(-1)?.rowEnd ?? n) === n
      ? {}
      : { rows: ranges.map(({ rowStart, rowEnd }) => [rowStart, rowEnd]) }),
    ...('factor' in universal ? sketchMeta(guaranteeOf(universal.factor, universal.epsilon, m)) : {}),
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
