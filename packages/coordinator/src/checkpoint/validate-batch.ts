import type { RowRange } from '@levattention/core/internal'
import {
  arrayOf,
  ascendingIds,
  each,
  fault,
  finite,
  recordOf,
  rowsIn,
  wholeNumber,
  within,
} from '@levattention/core/internal'

/**
 * Throws PartFault unless `value` can be the answer to the queries of `range` among `keyCount` keys, every number of it. `isSoftmax`:
 * a dot may be 0, a score too small for a float64, and each query has the logarithm of its sum.
 */
export function validateBatch(value: unknown, range: RowRange, keyCount: number, isSoftmax = false): void {
  const { batch, queriesSettled, queriesExactPass } = recordOf(value, 'answer')
  const queries = rowsIn(range)
  wholeNumber(
    queriesExactPass,
    'queriesExactPass',
    0,
    queries - wholeNumber(queriesSettled, 'queriesSettled', 0, queries),
  )
  const found = recordOf(batch, 'batch')
  wholeNumber(found.queryStart, 'queryStart', range.rowStart, range.rowStart)
  wholeNumber(found.queryCount, 'queryCount', queries, queries)
  const keyIds = arrayOf(found.keyIds, Float64Array, 'keyIds')
  const pairs = keyIds.length
  const offsets = arrayOf(found.offsets, Uint32Array, 'offsets', queries + 1)
  each(offsets, 'offsets', `from 0 to ${pairs}, never falling`, (offset, q) =>
    q === 0 ? offset === 0 : offset >= offsets[q - 1] && offset <= pairs && (q < queries || offset === pairs),
  )
  for (let q = 0; q < queries; q++)
    ascendingIds(keyIds.subarray(offsets[q], offsets[q + 1]), 'keyIds', { rowStart: 0, rowEnd: keyCount })
  requireScores(found, pairs, isSoftmax)
  if (isSoftmax) {
    const lse = arrayOf(found.lse, Float64Array, 'lse', queries)
    each(lse, 'lse', 'logarithms', (sum) => sum < Infinity || Number.isNaN(sum))
  }
  for (const [name, most] of [
    ['mass', 1.001],
    ['slack', 1],
  ] as const) {
    const values = arrayOf(found[name], Float64Array, name, queries)
    const isKnown = (share: number) =>
      (name === 'mass' && Number.isNaN(share)) || (share >= 0 && share <= most)
    each(values, name, `numbers from 0 to ${most}`, isKnown)
  }
  if (found.draws !== undefined) arrayOf(found.draws, Uint32Array, 'draws', queries)
  for (const name of ['uncertified', 'undefinedRows'])
    ascendingIds(arrayOf(found[name], Float64Array, name), name, range)
}

/** A score is a share, a little above 1 by its rounding, and its dot is not 0. */
function requireScores(found: Record<string, unknown>, pairs: number, isSoftmax: boolean): void {
  const scores = arrayOf(found.scores, Float64Array, 'scores', pairs)
  each(
    scores,
    'scores',
    'numbers above 0 and at most 1',
    (score) => (isSoftmax ? score >= 0 : score > 0) && score <= 1.001,
  )
  const dots = arrayOf(found.dots, Float64Array, 'dots', pairs)
  each(dots, 'dots', 'numbers other than 0', (dot) => !Number.isNaN(dot) && (isSoftmax || dot !== 0))
  if (found.scoreLow === undefined && found.scoreHigh === undefined) return
  const low = arrayOf(found.scoreLow, Float64Array, 'scoreLow', pairs)
  const high = arrayOf(found.scoreHigh, Float64Array, 'scoreHigh', pairs)
  within(low, 'scoreLow', 0, 1.001)
  within(high, 'scoreHigh', 0, 1.001)
  for (let i = 0; i < pairs; i++)
    if (!(low[i] <= high[i]))
      throw fault('scoreLow', `at most ${high[i]}, the scoreHigh at index ${i}`, low[i])
  finite(high, 'scoreHigh')
}
