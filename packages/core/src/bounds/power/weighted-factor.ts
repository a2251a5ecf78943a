import type { GramSum } from '../../sums/gram-sum.ts'
import type { WeightedForm } from '../../sums/weighted-form.ts'
import {
  firstStep,
  type CertifiedGram,
  REFINE_ABOVE_SLACK,
  REGULAR_BELOW_SLACK,
} from '../factor/certificate.ts'
import { type Factor, factorOf } from '../factor/factor.ts'
import { powerSlack } from '../../arithmetic/power.ts'
import { triangularFactor } from '../factor/triangular-factor.ts'

/** The slack of M from which on its ridge serves: where that of the bounds would reach REGULAR_BELOW_SLACK. */
function regularBelow(p: number): number {
  return REGULAR_BELOW_SLACK / (2 * Math.max(1, p / 2))
}

/**
 * The factor of M in a summary's form, by R where the Gram alone would not do; its power's C is still that of the rest
 * alone. `dropRidge`: the largest ridge of M, against D_M², by which keys were dropped. `gramFactor`: the factor of G.
 */
export function weightedFactorOf(
  p: number,
  { gram, triangular, weightSum, droppedKeys }: WeightedForm,
  dropRidge: number,
  gramFactor: Factor,
): Factor {
  const base = baseFactor(p, firstStep(gram), gram, triangular, dropRidge)
  // S went through an addition a row, and at most two roundings more for each chunk and each merge.
  const slack = powerSlack(p, base.thresholdSlack, 3 * gram.rowCount)
  return {
    ...base,
    rank: gramFactor.rank,
    // What is told is the keys' own.
    condition: gramFactor.condition,
    smallestEigenvalue: 0,
    thresholdSlack: Math.max(base.thresholdSlack, slack),
    power: { p, weightSum, weightRatio: droppedKeys.ratio },
  }
}

function baseFactor(
  p: number,
  step: CertifiedGram,
  gram: GramSum,
  triangular: WeightedForm['triangular'],
  dropRidge: number,
): Factor {
  const limit = regularBelow(p)
  if (triangular && !(step.slack <= REFINE_ABOVE_SLACK))
    return triangularFactor(triangular, gram, dropRidge, limit)
  const wanted = step.slack < limit ? step : { ...step, slack: Infinity }
  return factorOf(wanted, gram.rowCount, dropRidge)
}
