import { rowsIn } from '../matrix/row-ranges.ts'
import { drawOutside, type EstimateDrawTerms } from '../sample/draw-outside.ts'
import { type EstimateDraws, mergeEstimateDraws, noEstimateDraws } from '../sums/estimate-draws.ts'
import { arrayOf, each, finite, numberIn, recordOf, wholeNumber, within } from './part-checks.ts'
import { plainPassOf } from './pass.ts'

/** Draws with replacement from the rows outside U, by (seed, row id): to the last bit the same for every cut. */
export const estimateDrawsPass = plainPassOf<EstimateDrawTerms, EstimateDraws>({
  kind: 'estimateDraws',
  map: drawOutside,
  zero: ({ element }) => noEstimateDraws(element),
  // The factors follow from the run's plan, and are the same in memory and as a .lev holds them but for what draws do not use.
  key: ({ seed, limit, rowCount, insideRows }) => ({ seed, limit, rowCount, insideRows }),
  merge: (a, b, { question: { limit } }) => mergeEstimateDraws(a, b, limit),
  check(packed, { range, dim, question: { rowCount, limit } }) {
    const part = recordOf(packed, 'draws')
    const times = arrayOf(part.times, Float64Array, 'times')
    const count = wholeNumber(times.length, 'times', 0, limit)
    each(
      times,
      'times',
      'above 0 and never falling',
      (time, i) => time > 0 && time < Infinity && (i === 0 || time >= times[i - 1]),
    )
    const ids = arrayOf(part.rowIds, Float64Array, 'rowIds', count)
    const { rowStart, rowEnd } = range
    const isRow = (id: number) => Number.isInteger(id) && id >= rowStart && id < rowEnd
    each(ids, 'rowIds', `rows from ${rowStart} to ${rowEnd - 1}`, isRow)
    const rates = arrayOf(part.rates, Float64Array, 'rates', count)
    within(rates, 'rates', 1 / (2 * rowCount), 1)
    const rows =
      part.rows instanceof Float64Array
        ? arrayOf(part.rows, Float64Array, 'rows', count * dim)
        : arrayOf(part.rows, Float32Array, 'rows', count * dim)
    finite(rows, 'rows')
    finite(arrayOf(part.rateParts, Float64Array, 'rateParts'), 'rateParts')
    const rest = wholeNumber(part.restRows, 'restRows', 0, rowsIn(range))
    numberIn(part.leastRate, 'leastRate', 1 / (2 * rowCount), rest === 0 ? Infinity : 1)
    numberIn(part.largestLeverage, 'largestLeverage', 0, 1)
    numberIn(part.largestLeverageRatio, 'largestLeverageRatio', 0, 2.001 * rowCount)
  },
})
