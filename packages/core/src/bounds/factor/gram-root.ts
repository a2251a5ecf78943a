import { cholesky } from '../../linalg/cholesky.ts'
import { smallestEigenvalueBound } from '../../linalg/smallest-eigenvalue.ts'
import { UNIT_ROUNDOFF_F64 } from '../../arithmetic/numeric.ts'
import { equilibrate } from './certificate.ts'
import type { GramSum } from '../../sums/gram-sum.ts'

/**
 * R [dim, dim] by Cholesky from the Gram of some rows, in its own exponents, where that is certified to be as good as QR
 * of the rows themselves: | ‖R q‖ - ‖K̂ q‖ | <= columnError Σ_a D_a |q_a| (NOTES.md "R of a chunk"). Undefined where it is
 * not: the rows are too nearly dependent, or too few. A function of the rows alone, and many times faster than QR.
 */
export function rootOfGram(gram: GramSum, columnError: number): Float64Array | undefined {
  const { dim } = gram
  const { equilibrated, columnNorms, live, eta } = equilibrate(gram)
  const allowed = columnError - 2 * Math.sqrt(dim) * UNIT_ROUNDOFF_F64
  if (!(allowed > 0)) return undefined
  const needed = 1.01 * (eta / allowed) ** 2
  const mu = smallestEigenvalueBound(equilibrated, dim, needed + 4 * eta) - eta
  if (!(mu >= needed)) return undefined
  const factored = cholesky(equilibrated, dim)
  if (!factored.ok) return undefined
  const upper = new Float64Array(dim * dim)
  for (let a = 0; a < dim; a++) {
    for (let b = a; b < dim; b++)
      upper[a * dim + b] = live[b] ? factored.lower[b * dim + a] * columnNorms[b] : 0
  }
  return upper
}
