import {
  blockRowsOf,
  boundOf,
  forEachBlock,
  Scorer,
  TopBounds,
  type Factor,
  type Kernels,
  type MatrixSource,
  type RowRange,
} from '@levattention/core/internal'
import type { MapTask } from '../map-task.ts'

export const scoresTask: MapTask<'scores'> = ({ source: spec, range, factor }, context) => {
  const all = new Float64Array(range.rowEnd - range.rowStart)
  forEachTau(context.open(spec), range, context.kernels, factor, (tau, rowStart) =>
    all.set(tau, rowStart - range.rowStart),
  )
  return all
}

export const surveyTask: MapTask<'survey'> = (
  { source: spec, range, factor, thresholds, topCount },
  context,
) => {
  const counts = new Float64Array(thresholds.length)
  const top = new TopBounds(topCount)
  forEachTau(context.open(spec), range, context.kernels, factor, (tau, rowStart) => {
    tau.forEach((value, r) => {
      const bound = boundOf(factor, value)
      thresholds.forEach((threshold, t) => {
        if (bound >= threshold) counts[t]++
      })
      top.push(rowStart + r, bound)
    })
  })
  return { counts, ...top.sorted() }
}

function forEachTau(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Factor,
  visit: (tau: Float64Array, rowStart: number) => void,
): void {
  const mark = kernels.mark()
  const maxRows = blockRowsOf(source)
  const scorer = new Scorer(kernels, factor, maxRows)
  const tau = kernels.f64(maxRows)
  forEachBlock(source, range, kernels, (rows, rowCount, rowStart) => {
    scorer.scale(rows, rowCount)
    scorer.score(tau, rows, rowCount)
    visit(tau.subarray(0, rowCount), rowStart)
  })
  kernels.release(mark)
}
