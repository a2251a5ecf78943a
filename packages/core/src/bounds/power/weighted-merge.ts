import { LevError } from '../../errors/errors.ts'
import { mergeSamples } from '../../sums/priority-sample.ts'
import { partScales, scaledPart } from './part-scale.ts'
import type { TriangularSum } from '../../sums/triangular-sum.ts'
import { rescaledDroppedKeys, type DroppedKeySums, type WeightedForm } from '../../sums/weighted-form.ts'

/**
 * The form of both parts' rows. p > 2: each part is scaled as a whole first, so that S does not grow with the number of
 * parts. Valid in any tree; equal bytes need the plan's.
 */
export function mergeWeightedForms(p: number, a: WeightedForm, b: WeightedForm): WeightedForm {
  if (b.gram.rowCount === 0) return a
  if (a.gram.rowCount === 0) return b
  const rescale = p > 2 && a.weightSum > 0 && b.weightSum > 0
  const [scaleA, scaleB] = rescale ? partScales(p, [a, b]) : [1, 1]
  return {
    gram: scaledPart(p, a.gram, scaleA).merge(scaledPart(p, b.gram, scaleB)),
    triangular: mergeRoots(p, a.triangular, scaleA, b.triangular, scaleB),
    weightSum: scaleA * a.weightSum + scaleB * b.weightSum,
    droppedKeys: mergeRest(
      rescaledDroppedKeys(p, a.droppedKeys, scaleA),
      rescaledDroppedKeys(p, b.droppedKeys, scaleB),
    ),
  }
}

/** Throws IncompatibleSummary where a summary of rows, p other than 2, has no weights. */
export function requireWeights(form: WeightedForm | undefined, p: number): WeightedForm {
  if (form) return form
  const message = `a summary for p = ${p} without the keys' weights cannot be merged: an earlier version wrote it; build it again`
  throw new LevError('IncompatibleSummary', message)
}

function mergeRest(a: DroppedKeySums, b: DroppedKeySums): DroppedKeySums {
  return {
    ratio: Math.max(a.ratio, b.ratio),
    leverage: Math.max(a.leverage, b.leverage),
    leverageRidge: Math.max(a.leverageRidge, b.leverageRidge),
    ridgeScore: Math.max(a.ridgeScore, b.ridgeScore),
    sample: a.sample && b.sample && mergeSamples(a.sample, b.sample),
  }
}

function mergeRoots(
  p: number,
  a: TriangularSum | undefined,
  scaleA: number,
  b: TriangularSum | undefined,
  scaleB: number,
): TriangularSum | undefined {
  if (!a || !b) return undefined
  const scaled = (sum: TriangularSum, scale: number) => {
    const copy = sum.clone()
    if (scale !== 1) copy.scaleBy(scale ** (1 / 2 - 1 / p))
    return copy
  }
  return scaled(a, scaleA).merge(scaled(b, scaleB))
}
