import { withScratch } from '../kernels/with-scratch.ts'
import { blockRowsOf, forEachBlock, type ShardRows } from '../matrix/row-blocks.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { LeastBounds } from '../bounds/alternatives.ts'
import { Scorer } from '../bounds/scorer.ts'

/** Gets a number of each row of a block, from row `rowStart` on; they are overwritten by the next. */
type ScoreVisitor = (scores: Float64Array, rowStart: number) => void

/** The certified bound of every row of [range). */
export function forEachBound(shard: ShardRows, factor: Factor, visit: ScoreVisitor): void {
  const { source, kernels } = shard
  withScratch(kernels, () => {
    const maxRows = blockRowsOf(source)
    const least = new LeastBounds(kernels, factor, maxRows)
    const bounds = new Float64Array(maxRows)
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      least.write(bounds, rows, rowCount)
      visit(bounds.subarray(0, rowCount), rowStart)
    })
  })
}

/** tau of every row of [range): the leverage score, or the ridge score where the factor is not regular. */
export function forEachTau(shard: ShardRows, factor: Factor, visit: ScoreVisitor): void {
  const { source, kernels } = shard
  withScratch(kernels, () => {
    const maxRows = blockRowsOf(source)
    const scorer = new Scorer(kernels, factor, maxRows)
    const tau = kernels.f64(maxRows)
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      scorer.scale(rows, rowCount)
      scorer.score(tau, rows, rowCount)
      visit(tau.subarray(0, rowCount), rowStart)
    })
  })
}
