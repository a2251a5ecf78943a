import type { Visibility } from '../attention/visibility.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { type AttentionTerms, forEachTile, type LogitTile } from './attention-sums.ts'

/** Of each query that is read, in the group's order: the largest logit, and the sum of exp(logit - top); -Infinity and 0 of no key. */
export interface LogSums {
  readonly tops: Float64Array
  readonly totals: Float64Array
}

/** Over the keys of `shard`, in float64 (NOTES.md "Attention sums"); `onTile` sees every tile beside. Throws Content. */
export function logSumsOf(
  shard: ShardRows,
  terms: AttentionTerms,
  onTile: (tile: LogitTile) => void = () => undefined,
): LogSums {
  const sums = noLogSums(terms.rows.reduce((count, { length }) => count + length, 0))
  forEachTile(shard, terms, (tile) => {
    const tops = topsOf(tile, terms.visibility)
    mergeLogSums(sums, { tops, totals: totalsOf(tile, terms.visibility, tops) }, tile.queryStart)
    onTile(tile)
  })
  return sums
}

export function noLogSums(count: number): LogSums {
  return { tops: new Float64Array(count).fill(-Infinity), totals: new Float64Array(count) }
}

/** into += from, of the same queries over other keys, from query `at` of `into` on. */
export function mergeLogSums(into: LogSums, from: LogSums, at = 0): void {
  from.tops.forEach((other, q) => {
    if (other === -Infinity) return
    const own = into.tops[at + q]
    const top = Math.max(own, other)
    const total = into.totals[at + q] * Math.exp(own - top)
    into.totals[at + q] = total + from.totals[q] * Math.exp(other - top)
    into.tops[at + q] = top
  })
}

function topsOf(tile: LogitTile, { keyMask }: Visibility): Float64Array {
  const { logits, keyStart, keyCount, queryCount, starts, ends } = tile
  const tops = new Float64Array(queryCount).fill(-Infinity)
  for (let k = 0, i = 0; k < keyCount; k++, i += queryCount) {
    const key = keyStart + k
    if (keyMask?.[key] === 0) continue
    for (let q = 0; q < queryCount; q++)
      if (tops[q] < logits[i + q] && starts[q] <= key && key < ends[q]) tops[q] = logits[i + q]
  }
  return tops
}

function totalsOf(tile: LogitTile, { keyMask }: Visibility, tops: Float64Array): Float64Array {
  const { logits, keyStart, keyCount, queryCount, starts, ends } = tile
  const totals = new Float64Array(queryCount)
  for (let k = 0, i = 0; k < keyCount; k++, i += queryCount) {
    const key = keyStart + k
    if (keyMask?.[key] === 0) continue
    for (let q = 0; q < queryCount; q++)
      if (starts[q] <= key && key < ends[q]) totals[q] += Math.exp(logits[i + q] - tops[q])
  }
  return totals
}
