import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { equilibrate } from '../bounds/factor/certificate.ts'
import { scaledLower } from '../bounds/factor/factor.ts'
import type { Preconditioner } from '../bounds/factor/preconditioner.ts'
import type { ScoringFactor } from '../bounds/scorer.ts'
import { LevError } from '../errors/errors.ts'
import { cholesky } from '../linalg/cholesky.ts'
import { multiplySquare } from '../linalg/multiply-square.ts'
import { symmetricEigen, symmetricEigenvalues } from '../linalg/symmetric-eigen.ts'
import type { GramSum } from '../sums/gram-sum.ts'

/** Coordinates in which the smallest eigenvalue of the Gram is as large give tau to about 10 u / 1e-3. */
const GOOD_EIGENVALUE = 1e-3
/** Where a matrix less so much of the identity has a Cholesky factor, its smallest eigenvalue is good, whatever rounding did. */
export const SURELY_GOOD = GOOD_EIGENVALUE * 1.001
/** From this Gram on directions that vanish are told from those that nearly do. */
const TELLING_PASS = 3
/** Never needed: after the telling pass one more Gram is near the identity. */
const MOST_PASSES = 6
/** Columns of D T that are as long need compensated dots: others lose about 1e-13 of a unit by theirs. */
const PLAIN_COLUMNS = 1e3

type Coordinates = Pick<Preconditioner, 'forward' | 'compensated'>

/** What the Grams so far tell: leverage scores are exact in theory, whatever the rank, and good to 1e-9 (NOTES.md "Exact leverage"). */
export type TauStep =
  | { readonly factor: ScoringFactor; readonly wanted?: undefined }
  /** Another Gram is wanted, of K̂ T in these coordinates. */
  | { readonly factor?: undefined; readonly wanted: Coordinates }

/** Finds the factor of keys by their Gram, and Grams in better coordinates until one is good. */
export class TauFactor {
  readonly #first: ReturnType<typeof equilibrate>
  #passes = 0
  #coordinates: Coordinates | undefined

  constructor(gram: GramSum) {
    this.#first = equilibrate(gram)
  }

  get exponents(): Int32Array {
    return this.#first.exponents
  }

  /** `gram`: of the coordinates that were wanted last; the first step has that of the constructor. */
  step(gram?: GramSum): TauStep {
    const { dim } = this.#first
    const matrix = gram ? gram.symmetric() : withoutDead(this.#first)
    const emptyFrom = setEmptyApart(matrix, dim)
    this.#passes++
    if (isGood(matrix, dim)) return { factor: this.#factor(matrix) }
    if (this.#passes === MOST_PASSES)
      throw new LevError('Internal', 'the Gram of the keys did not become regular; please report this')
    this.#coordinates = this.#better(matrix, emptyFrom)
    return { wanted: this.#coordinates }
  }

  #factor(matrix: Float64Array): ScoringFactor {
    const { dim, exponents } = this.#first
    const shared = { dim, exponents, ridge: 0, preconditioner: this.#coordinates }
    if (!this.#coordinates) return { ...shared, lower: scaledLower(this.#first, 0) }
    const result = cholesky(matrix, dim)
    if (!result.ok) throw new LevError('Internal', 'a Gram matrix failed to factor; please report this')
    return { ...shared, lower: result.lower }
  }

  /** T V max(lambda, floor)^(-1/2), without what is empty; from the telling pass on without the directions that vanish either. */
  #better(matrix: Float64Array, emptyFrom: number): Coordinates {
    const { dim, columnNorms } = this.#first
    const { values, vectors } = symmetricEigen(matrix, dim)
    const largest = values.findLast((value) => value < emptyFrom) ?? 1
    const floor = 2 * dim * UNIT_ROUNDOFF_F64 * largest
    const { forward } = this.#coordinates ?? { forward: inverseDiagonal(columnNorms) }
    const turned = multiplySquare(forward, vectors, dim)
    const lengths = columnLengths(turned, columnNorms)
    const isTold = this.#passes >= TELLING_PASS
    const factors = values.map((value, i) =>
      value >= emptyFrom || (isTold && vanishes(value, lengths[i], dim))
        ? 0
        : 1 / Math.sqrt(Math.max(value, floor)),
    )
    return {
      forward: turned.map((x, i) => x * factors[i % dim]),
      compensated: Uint32Array.from(lengths.keys()).filter((i) => lengths[i] * factors[i] > PLAIN_COLUMNS),
    }
  }
}

/** H with zeros in the columns of zeros, whose diagonal is 1 there. */
function withoutDead({ dim, equilibrated, live }: ReturnType<typeof equilibrate>): Float64Array {
  const matrix = equilibrated.slice()
  live.forEach((isLive, a) => {
    if (!isLive) for (let i = a; i < matrix.length; i += dim) matrix[i] = 0
  })
  return matrix
}

/** Whether the smallest eigenvalue is as large: told by a Cholesky factor where it is larger by more than that is off, else by itself. */
function isGood(matrix: Float64Array, dim: number): boolean {
  const shifted = matrix.slice()
  for (let a = 0; a < dim; a++) shifted[a * dim + a] -= SURELY_GOOD
  return cholesky(shifted, dim).ok || symmetricEigenvalues(matrix, dim)[0] >= GOOD_EIGENVALUE
}

/** Whether |K x|² = `value` is rounding of x alone, |D x| = `length`: K D⁻¹ has columns of length 1. */
function vanishes(value: number, length: number, dim: number): boolean {
  return Math.sqrt(Math.max(0, value)) <= 8 * gamma(dim) * length
}

/** |D x| of the columns x of `matrix` [dim, dim]. */
function columnLengths(matrix: Float64Array, columnNorms: Float64Array): Float64Array {
  const dim = columnNorms.length
  const squares = new Float64Array(dim)
  matrix.forEach((x, i) => (squares[i % dim] += (x * columnNorms[Math.floor(i / dim)]) ** 2))
  return squares.map(Math.sqrt)
}

function inverseDiagonal(values: Float64Array): Float64Array {
  const dim = values.length
  const matrix = new Float64Array(dim * dim)
  values.forEach((value, a) => (matrix[a * dim + a] = 1 / value))
  return matrix
}

/**
 * Gives columns of zeros an eigenvalue of their own, above all others, so that no eigenvector is a mixture of both. Returns the
 * least eigenvalue that can be theirs.
 */
function setEmptyApart(matrix: Float64Array, dim: number): number {
  let trace = 1
  for (let a = 0; a < dim; a++) trace += matrix[a * dim + a]
  for (let a = 0; a < dim; a++) if (matrix[a * dim + a] === 0) matrix[a * dim + a] = 4 * trace
  return 2 * trace
}
