import { gamma } from '../arithmetic/numeric.ts'
import { requireTriangle, unusable } from './block-checks.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { innerProduct, signProbes, symmetricTimesVector, timesVector } from './sign-probes.ts'
import type { TriangularLevel, TriangularSum } from '../sums/triangular-sum.ts'

/**
 * Throws Content unless `sum`, block `field` of `file`, can be the R of the rows whose Gram is `gram`: upper triangular,
 * and ΣRᵀR as near to it as both are known.
 *
 * With | ‖R_l q‖ - ‖K_l q‖ | <= c Σ_a D_a|q_a|, s = Σ_a D_a |q_a| over all rows and D_a² = Σ_l (D_a of level l)²:
 * |Σ‖R_l q‖² - qᵀGq| <= (2c + c²) s², by Minkowski; the Gram is known to gamma_{depth+1} s², and both are computed to
 * gamma_{3d} s². Twice all of it is room for D's own rounding. With q = ±1/D_a in every column, s = d; with one column, s = 1.
 */
export function validateTriangular(
  file: string,
  field: string,
  { dim, levels }: TriangularSum,
  { gram, depth, rowCount }: GramSum,
): void {
  const present = levels.filter((level) => level !== undefined)
  for (const { upper } of present) requireTriangle(file, field, upper, dim, 'lower')
  const error = present.reduce((most, { columnError }) => Math.max(most, columnError), 0)
  const relTol = 2 * (3 * error + gamma(depth + 1) + gamma(3 * dim + 4 * present.length + 20))
  const lost = (rowCount + dim) * 2 ** -1000
  for (let a = 0; a < dim; a++) {
    const square = gram[a * dim + a]
    const found = present.reduce((sum, { upper }) => sum + columnSquare(upper, a, dim), 0)
    if (Math.abs(found - square) <= relTol * square + lost) continue
    const wanted = `the R of the rows, whose column ${a} has squares that sum to ${square}`
    throw unusable(file, field, wanted, found, `in column ${a}`)
  }
  requireProducts(file, field, present, gram, dim, relTol)
}

function requireProducts(
  file: string,
  field: string,
  levels: readonly TriangularLevel[],
  gram: Float64Array,
  dim: number,
  relTol: number,
): void {
  const norms = Float64Array.from({ length: dim }, (_, a) => Math.sqrt(gram[a * dim + a]))
  // Beyond this the squares of q leave the number range.
  const isWide = norms.some((norm) => norm !== 0 && (norm < 2 ** -500 || norm > 2 ** 500))
  if (isWide) return
  for (const signs of signProbes(dim)) {
    const q = signs.map((sign, a) => (norms[a] > 0 ? sign / norms[a] : 0))
    const wanted = innerProduct(q, symmetricTimesVector(gram, q))
    const found = levels.reduce((sum, { upper }) => {
      const image = timesVector(upper, q)
      return sum + innerProduct(image, image)
    }, 0)
    if (Math.abs(found - wanted) <= relTol * dim * dim) continue
    throw unusable(
      file,
      field,
      'the R of the rows whose Gram matrix it keeps',
      found,
      `for a vector of signs, where the Gram matrix gives ${wanted}`,
    )
  }
}

function columnSquare(upper: Float64Array, a: number, dim: number): number {
  let sum = 0
  for (let i = 0; i <= a; i++) sum += upper[i * dim + a] ** 2
  return sum
}
