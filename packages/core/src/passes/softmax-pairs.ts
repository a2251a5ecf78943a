import { rowsIn } from '../matrix/row-ranges.ts'
import {
  mergePairSums,
  noPairSum,
  type PairSum,
  type PairTerms,
  searchPairs,
} from '../softmax/pair-search.ts'
import { arrayOf, each, recordOf, within } from './part-checks.ts'
import { plainPassOf } from './pass.ts'

/** All softmax rows of a batch of queries, and the pairs that may be heavy (docs/theory.md section 7). */
export const softmaxPairsPass = plainPassOf<PairTerms, PairSum>({
  kind: 'softmax-pairs',
  map: searchPairs,
  // Where the queries lie is no part of it.
  key: (question) => ({ ...question, queries: undefined }),
  zero: ({ question }) => noPairSum(question),
  merge: (a, b, { question, dim }) => mergePairSums(a, b, question, dim),
  check(packed, { question: { batch, keyCount }, range }) {
    const count = rowsIn(batch)
    const sum = recordOf(packed, 'sum')
    const shifts = arrayOf(sum.shifts, Float64Array, 'shifts', count)
    each(shifts, 'shifts', 'whole numbers or -Infinity', (s) => Number.isInteger(s) || s === -Infinity)
    const totals = arrayOf(sum.totals, Float64Array, 'totals', count)
    const isTotal = (total: number, q: number) =>
      shifts[q] === -Infinity ? total === 0 : total > 0.4 && total < Infinity
    each(totals, 'totals', 'sums of weights', isTotal)
    within(arrayOf(sum.reaches, Float64Array, 'reaches', count), 'reaches', 0, 2 ** 1000)
    const queries = arrayOf(sum.queries, Uint32Array, 'queries')
    const keyIds = arrayOf(sum.keyIds, Float64Array, 'keyIds', queries.length)
    each(
      queries,
      'queries',
      `from 0 to ${count - 1}, never falling`,
      (query, i) => query < count && (i === 0 || query >= queries[i - 1]),
    )
    const isKey = (id: number, i: number) =>
      Number.isSafeInteger(id) &&
      id >= range.rowStart &&
      id < Math.min(range.rowEnd, keyCount) &&
      (i === 0 || queries[i] > queries[i - 1] || id > keyIds[i - 1])
    each(keyIds, 'keyIds', 'row ids of the range, ascending in a query', isKey)
    each(arrayOf(sum.dots, Float64Array, 'dots', queries.length), 'dots', 'finite numbers', Number.isFinite)
  },
})
