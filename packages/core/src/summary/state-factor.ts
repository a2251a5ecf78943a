import type { Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import { sketchFactor } from '../sketch/sketch-factor.ts'
import { firstStep, isAccurate } from '../universal/certificate.ts'
import { type Factor, factorOf } from '../universal/factor.ts'
import { boundsOf } from '../universal/select.ts'
import { triangularFactor } from '../universal/triangular-factor.ts'
import type { Candidates } from './candidates.ts'
import type { SummaryState } from './summary-state.ts'

/** The factor of a state whose rows cannot be read again: by the Gram where that is good enough, else by R if there is one. */
export function factorOfState(
  { gram, triangular, dropRidge, sketch }: SummaryState,
  kernels: Kernels = scalarKernels(),
): Factor {
  if (sketch) return sketchFactor(kernels, sketch, gram)
  const step = firstStep(gram)
  if (triangular && !isAccurate(step)) return triangularFactor(triangular, gram, dropRidge)
  return factorOf(step, gram.rowCount, dropRidge)
}

/** Early drop: below epsilon (1 - 3 slack), so that the last filter alone decides U (theory.md section 3). */
export function dropBelow(
  kernels: Kernels,
  factor: Factor,
  candidates: Candidates,
  epsilon: number,
): Candidates {
  const bounds = boundsOf(kernels, factor, candidates)
  const threshold = epsilon * (1 - 3 * factor.thresholdSlack)
  return candidates.filter((slot) =>
    bounds[slot] >= threshold ? Math.min(bounds[slot], candidates.bounds[slot]) : undefined,
  )
}
