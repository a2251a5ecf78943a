import {
  blockRowsOf,
  finalThreshold,
  forEachBlock,
  keepsKey,
  LeastBounds,
  Scorer,
  TopBounds,
  type Factor,
  type Kernels,
  type MatrixSource,
  type RowRange,
  withScratch,
} from '@levattention/core/internal'
import type { MapTask } from '../map-task.ts'

export const scoresTask: MapTask<'scores'> = ({ source: spec, range, factor }, context) => {
  const all = new Float64Array(range.rowEnd - range.rowStart)
  const forEach = factor.power ? forEachBound : forEachTau
  forEach(context.open(spec), range, context.kernels, factor, (tau, rowStart) =>
    all.set(tau, rowStart - range.rowStart),
  )
  return all
}

export const surveyTask: MapTask<'survey'> = (
  { source: spec, range, factor, epsilons, topCount },
  context,
) => {
  const thresholds = epsilons.map((epsilon) => finalThreshold(factor, epsilon))
  const counts = new Float64Array(epsilons.length)
  const top = new TopBounds(topCount)
  forEachBound(context.open(spec), range, context.kernels, factor, (bounds, rowStart) => {
    bounds.forEach((bound, r) => {
      thresholds.forEach((threshold, t) => {
        if (keepsKey(bound, threshold)) counts[t]++
      })
      top.push(rowStart + r, bound)
    })
  })
  return { counts, ...top.sorted() }
}

function forEachBound(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Factor,
  visit: (bounds: Float64Array, rowStart: number) => void,
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

function forEachTau(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Factor,
  visit: (tau: Float64Array, rowStart: number) => void,
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
