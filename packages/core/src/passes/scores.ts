import { rowsIn } from '../matrix/row-ranges.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { arrayOf, within } from './part-checks.ts'
import type { RowTask } from './pass.ts'
import { forEachBound, forEachTau } from './score-rows.ts'

/** A score may be above 1 by its rounding, or by what a ridge certificate allows for. */
export const MOST_SCORE = 2

/** tau of every row [rows]: the leverage score, or the ridge score where the factor is not regular; p other than 2: its bound. */
export const scoresTask: RowTask<{ readonly factor: Factor }, Float64Array> = {
  kind: 'scores',
  answer(shard, { factor }) {
    const { range } = shard
    const rows = rowsIn(range)
    const all = shard.answerMemory?.(rows) ?? new Float64Array(rows)
    const forEach = factor.power ? forEachBound : forEachTau
    forEach(shard, factor, (tau, rowStart) => all.set(tau, rowStart - range.rowStart))
    return all
  },
  check: (answer, { range }) =>
    within(arrayOf(answer, Float64Array, 'scores', rowsIn(range)), 'scores', 0, MOST_SCORE),
}
