import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { blockRowsOf, forEachBlock } from '../matrix/row-blocks.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { LeastBounds } from '../bounds/alternatives.ts'
import { Scorer } from '../bounds/scorer.ts'

/** Gets a number of each row of a block, from row `rowStart` on; they are overwritten by the next. */
type ScoreVisitor = (scores: Float64Array, rowStart: number) => void

/** The certified bound of every row of [range). */
export function forEachBound(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Factor,
  visit: ScoreVisitor,
): void {
  withScratch(kernels, () => {
    const maxRows = blockRowsOf(source)
    const least = new LeastBounds(kernels, factor, maxRows)
    const bounds = new Float64Array(maxRows)
    forEachBlock(source, range, kernels, (rows, rowCount, rowStart) => {
      least.write(bounds, rows, rowCount)
      visit(bounds.subarray(0, rowCount), rowStart)
    })
  })
}

/** tau of every row of [range): the leverage score, or the ridge score where the factor is not regular. */
export function forEachTau(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Factor,
  visit: ScoreVisitor,
): void {
  withScratch(kernels, () => {
    const maxRows = blockRowsOf(source)
    const scorer = new Scorer(kernels, factor, maxRows)
    const tau = kernels.f64(maxRows)
    forEachBlock(source, range, kernels, (rows, rowCount, rowStart) => {
      scorer.scale(rows, rowCount)
      scorer.score(tau, rows, rowCount)
      visit(tau.subarray(0, rowCount), rowStart)
    })
  })
}
