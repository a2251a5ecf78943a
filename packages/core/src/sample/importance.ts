import { blockRowsOf, forEachBlock, type ShardRows } from '../matrix/row-blocks.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { Scorer } from '../bounds/scorer.ts'

/** Stands for the score of a row that is not zero where float64 has nothing smaller: such a row keeps a probability. */
const LEAST_IMPORTANCE = 2 ** -1022

/**
 * What a row's probability is proportional to, from its score by the factor: for p = 2 the leverage score itself, which
 * rounding may lift above 1. For other p this is the place of the Lewis weight t^(p/2).
 */
function importanceOf(tau: number): number {
  return Math.min(1, tau)
}

/** Gets importances [rowCount], and the rows [rowCount, dim] as they were read, from row `rowStart` on. */
type ImportanceVisitor = (
  importances: Float64Array,
  rows: Float32Array | Float64Array,
  rowStart: number,
) => void

/** The importance of each row of [range): 0 for zero rows alone. Without a factor they are independent: each is 1. */
export function forEachImportance(
  shard: ShardRows,
  factor: Factor | undefined,
  visit: ImportanceVisitor,
): void {
  const { source, kernels } = shard
  if (factor === undefined) {
    forEachBlock(shard, (rows, rowCount, rowStart) =>
      visit(new Float64Array(rowCount).fill(1), rows, rowStart),
    )
    return
  }
  withScratch(kernels, () => {
    const maxRows = blockRowsOf(source)
    const scorer = new Scorer(kernels, factor, maxRows)
    const tau = kernels.f64(maxRows)
    // Scaling changes float64 rows in place.
    const copy = source.element === 'f64' ? new Float64Array(maxRows * source.cols) : undefined
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      copy?.set(rows)
      const asRead = copy?.subarray(0, rows.length) ?? rows
      scorer.scale(rows, rowCount)
      scorer.score(tau, rows, rowCount)
      const importances = tau.subarray(0, rowCount)
      importances.forEach((value, r) => {
        importances[r] = value > 0 ? importanceOf(value) : leastOf(asRead, r, source.cols)
      })
      visit(importances, asRead, rowStart)
    })
  })
}

function leastOf(rows: Float32Array | Float64Array, row: number, dim: number): number {
  for (let at = row * dim; at < (row + 1) * dim; at++) if (rows[at] !== 0) return LEAST_IMPORTANCE
  return 0
}
