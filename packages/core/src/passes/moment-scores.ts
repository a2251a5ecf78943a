import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { blockRowsOf, forEachBlock } from '../matrix/row-blocks.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

interface MomentScoresQuestion {
  readonly factor: number
  readonly linear: Float64Array // [dim]
  readonly quadratic: Float64Array // [dim, dim]
}

/** linear · k + kᵀ quadratic k [rows] of keys times `factor`. */
export const momentScoresTask: RowTask<MomentScoresQuestion, Float64Array> = {
  kind: 'momentScores',
  ...TRANSIENT,
  answer(shard, { factor, linear, quadratic }) {
    const { source, range, kernels } = shard
    const dim = source.cols
    const scores = new Float64Array(rowsIn(range))
    withScratch(kernels, () => {
      const matrix = copyIn(kernels, quadratic)
      const mapped = kernels.f64(Math.min(blockRowsOf(source), rowsIn(range)) * dim)
      forEachBlock(shard, (rows, rowCount, rowStart) => {
        scaleEntries(rows, factor)
        kernels.multiply(mapped, rows, matrix, rowCount, dim, dim)
        for (let r = 0, i = 0; r < rowCount; r++) {
          let score = 0
          for (let a = 0; a < dim; a++, i++) score += rows[i] * (linear[a] + mapped[i])
          if (!Number.isFinite(score)) throwNonFinite(source, rowStart, rowCount)
          scores[rowStart - range.rowStart + r] = score
        }
      })
    })
    return scores
  },
}
