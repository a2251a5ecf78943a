import { earlyThreshold, filterKeys } from '../bounds/filter-keys.ts'
import { denseBy } from '../kernels/dense.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import { sketchFactor } from '../bounds/sketch/sketch-factor.ts'
import { firstStep, isAccurate } from '../bounds/factor/certificate.ts'
import { type Factor, factorOf } from '../bounds/factor/factor.ts'
import { boundsOf } from '../bounds/selector.ts'
import { triangularFactor } from '../bounds/factor/triangular-factor.ts'
import type { Candidates } from '../sums/candidates.ts'
import type { SummaryState } from './summary-state.ts'

/** The factor of a state whose rows cannot be read again: by the Gram where that is good enough, else by R if there is one. */
export function factorOfState(
  { gram, triangular, dropRidge, sketch }: SummaryState,
  kernels: Kernels = scalarKernels(),
): Factor {
  if (sketch) return sketchFactor(kernels, sketch, gram)
  const dense = denseBy(kernels)
  const step = firstStep(gram, dense)
  if (triangular && !isAccurate(step)) return triangularFactor(triangular, gram, dropRidge)
  return factorOf(step, gram.rowCount, dropRidge, dense)
}

/** What an early filter by `factor` leaves, each key at the least of its bounds so far. */
export function dropBelow(
  kernels: Kernels,
  factor: Factor,
  candidates: Candidates,
  epsilon: number,
): Candidates {
  const bounds = boundsOf(kernels, factor, candidates)
  const least = bounds.map((bound, slot) => Math.min(bound, candidates.bounds[slot]))
  return candidates.at(filterKeys(candidates, bounds, earlyThreshold(factor, epsilon)), least)
}
