import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { equilibrate } from '../bounds/factor/certificate.ts'
import { scaledLower } from '../bounds/factor/factor.ts'
import type { Preconditioner } from '../bounds/factor/preconditioner.ts'
import type { ScoringFactor } from '../bounds/scorer.ts'
import { LevError } from '../errors/errors.ts'
import { type DenseAlgebra, plainDense } from '../kernels/dense.ts'
import { dotRange } from '../linalg/dot.ts'
import { transpose } from '../linalg/transpose.ts'
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
  readonly #dense: DenseAlgebra
  #passes = 0
  #coordinates: Coordinates | undefined
  #isTold = false

  constructor(gram: GramSum, dense = plainDense) {
    this.#first = equilibrate(gram, dense)
    this.#dense = dense
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
    if (isGood(matrix, dim, this.#dense)) {
      const kept = this.#kept(matrix, emptyFrom)
      if (!kept) return { factor: this.#factor(matrix) }
      this.#coordinates = kept
      return { wanted: kept }
    }
    if (this.#passes === MOST_PASSES)
      throw new LevError('Internal', 'the Gram of the keys did not become regular; please report this')
    this.#coordinates = this.#better(matrix, emptyFrom)
    return { wanted: this.#coordinates }
  }

  /** Coordinates without the directions that vanish, though they were lifted to a good Gram; undefined where there are none. */
  #kept(matrix: Float64Array, emptyFrom: number): Coordinates | undefined {
    if (!this.#coordinates || this.#isTold) return undefined
    this.#isTold = true
    const { dim, columnNorms } = this.#first
    const { forward } = this.#lifted(matrix, emptyFrom)
    // Lifted, they mix with the others in K alone: D tells them apart.
    const square = squareOf(forward, columnNorms, this.#dense)
    setEmptyApart(square, dim)
    const { values, vectors } = this.#dense.eigen(square, dim)
    const isLost = [...values].map((value) => vanishes(1, Math.sqrt(value), dim))
    if (!isLost.includes(true)) return undefined
    const kept = this.#dense.multiply(forward, vectors, dim).map((x, i) => (isLost[i % dim] ? 0 : x))
    return coordinatesOf(kept, columnNorms)
  }

  #factor(matrix: Float64Array): ScoringFactor {
    const { dim, exponents } = this.#first
    const shared = { dim, exponents, ridge: 0, preconditioner: this.#coordinates }
    if (!this.#coordinates) return { ...shared, lower: scaledLower(this.#first, 0, this.#dense) }
    const result = this.#dense.cholesky(matrix, dim)
    if (!result.ok) throw new LevError('Internal', 'a Gram matrix failed to factor; please report this')
    return { ...shared, lower: result.lower }
  }

  /** T V max(lambda, floor)^(-1/2); from the telling pass on without the directions that vanish. */
  #better(matrix: Float64Array, emptyFrom: number): Coordinates {
    const { dim, columnNorms } = this.#first
    const { forward, values, lengths } = this.#lifted(matrix, emptyFrom)
    const isTold = this.#passes >= TELLING_PASS
    const isLost = [...values].map(
      (value, i) => isTold && value < emptyFrom && vanishes(value, lengths[i], dim),
    )
    return coordinatesOf(
      isLost.includes(true) ? orthogonalTo(isLost, forward, columnNorms) : forward,
      columnNorms,
    )
  }

  /** `forward`: T V max(lambda, floor)^(-1/2), zeros for what is empty; lambda; and |D x| of the columns x of T V. */
  #lifted(matrix: Float64Array, emptyFrom: number): Lifted {
    const { dim, columnNorms } = this.#first
    const { values, vectors } = this.#dense.eigen(matrix, dim)
    const largest = values.findLast((value) => value < emptyFrom) ?? 1
    const floor = 2 * dim * UNIT_ROUNDOFF_F64 * largest
    const { forward } = this.#coordinates ?? { forward: inverseDiagonal(columnNorms) }
    const turned = this.#dense.multiply(forward, vectors, dim)
    const factors = values.map((value) => (value >= emptyFrom ? 0 : 1 / Math.sqrt(Math.max(value, floor))))
    return {
      forward: turned.map((x, i) => x * factors[i % dim]),
      values,
      lengths: columnLengths(turned, columnNorms),
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
function isGood(matrix: Float64Array, dim: number, { cholesky, eigenvalues }: DenseAlgebra): boolean {
  const shifted = matrix.slice()
  for (let a = 0; a < dim; a++) shifted[a * dim + a] -= SURELY_GOOD
  return cholesky(shifted, dim).ok || eigenvalues(matrix, dim)[0] >= GOOD_EIGENVALUE
}

/** `x` over its length; zeros stay. */
function unit(x: Float64Array): Float64Array {
  const length = Math.hypot(...x)
  return length > 0 ? x.map((entry) => entry / length) : x
}

interface Lifted {
  readonly forward: Float64Array
  readonly values: Float64Array
  readonly lengths: Float64Array
}

function coordinatesOf(forward: Float64Array, columnNorms: Float64Array): Coordinates {
  const lengths = columnLengths(forward, columnNorms)
  return { forward, compensated: Uint32Array.from(lengths.keys()).filter((i) => lengths[i] > PLAIN_COLUMNS) }
}

/**
 * Zeros in place of the columns x of `matrix` [dim, dim] that are lost, and D times the others orthogonal to D x: what they hold of
 * a lost direction, K x of which is rounding, is no leverage.
 */
function orthogonalTo(
  isLost: readonly boolean[],
  matrix: Float64Array,
  columnNorms: Float64Array,
): Float64Array {
  const dim = columnNorms.length
  const column = (i: number) => columnNorms.map((norm, a) => norm * matrix[a * dim + i])
  const lost: Float64Array[] = []
  const cleaned = (own: Float64Array) => {
    for (const other of [...lost, ...lost]) {
      const share = dotRange(own, 0, other, 0, dim)
      for (let a = 0; a < dim; a++) own[a] -= share * other[a]
    }
    return own
  }
  for (let i = 0; i < dim; i++) {
    if (isLost[i]) lost.push(unit(cleaned(unit(column(i)))))
  }
  const result = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) {
    if (isLost[i]) continue
    cleaned(column(i)).forEach((x, a) => (result[a * dim + i] = x / columnNorms[a]))
  }
  return result
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

/** (D X)ᵀ D X of X = `matrix` [dim, dim]. */
function squareOf(
  matrix: Float64Array,
  columnNorms: Float64Array,
  { multiply }: Pick<DenseAlgebra, 'multiply'>,
): Float64Array {
  const dim = columnNorms.length
  const scaled = matrix.map((x, i) => x * columnNorms[Math.floor(i / dim)])
  return multiply(transpose(scaled, dim), scaled, dim)
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
