import { gamma } from '../../arithmetic/numeric.ts'
import type { CertifiedGram } from './certificate.ts'

/** Eigenvalues of the sum that count are to be this many times the ridge, or those of rounding alone. */
const FAR_ABOVE_RIDGE = 1000

/**
 * The relative error of a computed ridge score as a leverage score, where the keys have the rank that the step's sum shows: its
 * eigenvalues are those of rounding, taken for zeros, or at least 1000 times the ridge. Undefined where one lies between, so that no
 * rank can be told. `rowError`: r of the ridge's rule. Derivation: docs/theory.md section 8, "Numerical rank".
 */
export function rangeSlackOf(step: CertifiedGram, ridge: number, rowError: number): number | undefined {
  const { eigenvalues, matrix, first, noise } = step
  const { dim } = first
  const least = eigenvalues.find((value) => value > noise)
  if (least === undefined || !(least >= FAR_ABOVE_RIDGE * ridge)) return undefined
  const largest = eigenvalues[dim - 1]
  let trace = 0
  for (let a = 0; a < dim; a++) trace += matrix[a * dim + a]
  const root = Math.sqrt(least)
  // What the sum is off by, its rows' rounding within, and what a row is: over |A^(1/2) y|, A = H' + ridge I.
  const e = noise + rowError * (2 * Math.sqrt(1.1 * largest) + rowError)
  const f = rowError
  const ofFirstOrder = e / least + (2 * f) / root + ridge / least
  const ofSecondOrder =
    (1.1 * (e * e)) / (ridge * least) + (1.1 * (f * f)) / ridge + (2.2 * e * f) / (ridge * root)
  const solve = 2.1 * gamma(dim + 1) * Math.sqrt((trace + dim * ridge) / ridge)
  return 1.1 * (ofFirstOrder + ofSecondOrder + solve)
}
