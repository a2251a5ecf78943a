import { rowsIn } from '../matrix/row-ranges.ts'
import { finalThreshold, keepsKey, filterByRank } from '../bounds/filter-keys.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { arrayOf, ascendingIds, each, fault, recordOf } from './part-checks.ts'
import { plainPassOf } from './pass.ts'
import { forEachBound } from './score-rows.ts'

interface SurveyQuestion {
  readonly factor: Factor
  readonly epsilons: readonly number[]
  readonly topCount: number
}

/** How many keys the last filter keeps at each epsilon [epsilons], and the `topCount` largest bounds, descending, ties by row id. */
interface Survey extends ReturnType<TopBounds['sorted']> {
  readonly counts: Float64Array
}

export const surveyPass = plainPassOf<SurveyQuestion, Survey>({
  kind: 'survey',
  map(shard, { factor, epsilons, topCount }) {
    const thresholds = epsilons.map((epsilon) => finalThreshold(factor, epsilon))
    const counts = new Float64Array(epsilons.length)
    const top = new TopBounds(topCount)
    forEachBound(shard, factor, (bounds, rowStart) => {
      bounds.forEach((bound, r) => {
        thresholds.forEach((threshold, t) => {
          if (keepsKey(bound, threshold)) counts[t]++
        })
        top.push(rowStart + r, bound)
      })
    })
    return { counts, ...top.sorted() }
  },
  zero: ({ question: { epsilons, topCount } }) => ({
    counts: new Float64Array(epsilons.length),
    ...new TopBounds(topCount).sorted(),
  }),
  merge(a, b, { question: { topCount } }) {
    const top = new TopBounds(topCount)
    for (const { topRowIds, topBounds } of [a, b])
      topRowIds.forEach((rowId, i) => top.push(rowId, topBounds[i]))
    return { counts: a.counts.map((count, t) => count + b.counts[t]), ...top.sorted() }
  },
  check(packed, { question, range }) {
    const { counts, topRowIds, topBounds } = recordOf(packed, 'survey')
    const all = arrayOf(counts, Float64Array, 'counts', question.epsilons.length)
    const isCount = (count: number) => Number.isInteger(count) && count >= 0 && count <= rowsIn(range)
    each(all, 'counts', 'numbers of rows', isCount)
    const bounds = arrayOf(topBounds, Float64Array, 'topBounds')
    const ids = arrayOf(topRowIds, Float64Array, 'topRowIds', bounds.length)
    if (bounds.length > question.topCount)
      throw fault('topBounds', `${question.topCount} at most`, bounds.length)
    const isBound = (bound: number, i: number) =>
      bound >= 0 && bound <= 1 && (i === 0 || bound <= bounds[i - 1])
    each(bounds, 'topBounds', 'numbers from 0 to 1, the largest first', isBound)
    ascendingIds(ids.slice().sort(), 'topRowIds', range)
  },
})

/** The `limit` largest bounds seen so far, ties by row id: a buffer of twice that size, cut back when full. */
export class TopBounds {
  readonly #limit: number
  #entries: { rowId: number; bound: number }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  push(rowId: number, bound: number): void {
    if (this.#limit === 0) return
    this.#entries.push({ rowId, bound })
    if (this.#entries.length >= 2 * this.#limit + 1024) this.#cut()
  }

  /** Bounds descending, ties by row id ascending. */
  sorted(): { topRowIds: Float64Array; topBounds: Float64Array } {
    this.#cut()
    return {
      topRowIds: Float64Array.from(this.#entries, (entry) => entry.rowId),
      topBounds: Float64Array.from(this.#entries, (entry) => entry.bound),
    }
  }

  #cut(): void {
    this.#entries.sort((a, b) => b.bound - a.bound || a.rowId - b.rowId)
    this.#entries.length = filterByRank(this.#entries.length, this.#limit)
  }
}
