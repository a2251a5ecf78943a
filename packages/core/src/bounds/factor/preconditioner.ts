import { type DenseAlgebra, plainDense } from '../../kernels/dense.ts'
import type { SymmetricEigen } from '../../linalg/symmetric-eigen.ts'
import { transpose } from '../../linalg/transpose.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../../arithmetic/numeric.ts'

/** What the plain columns of K T may be off by in all, ‖F‖₂, where large ones are compensated. */
const PLAIN_ERROR = 1e-8

/**
 * Coordinates in which K's Gram is near the identity: rows are read as k T, queries as T⁻¹ q, and <T⁻¹q, Tᵀk> = <q, k>.
 * T need not be orthogonal or accurate for the scores (tau(K T) = tau(K) for every invertible T); only the
 * queries' side needs an inverse, and its defect is measured rather than assumed.
 */
export interface Preconditioner {
  readonly forward: Float64Array // T [dim, dim]
  readonly inverse: Float64Array // P, nearly T⁻¹ [dim, dim]
  /** Columns of T so large that k T needs compensated dots there. */
  readonly compensated: Uint32Array
  /** ‖D T‖_F over the other columns: how much rounding in k T is amplified. */
  readonly forwardNorm: number
  /** ‖D T‖_F over the compensated columns. */
  readonly compensatedNorm: number
  /** ‖P D⁻¹‖_F: |P q| <= inverseNorm |D q|. */
  readonly inverseNorm: number
  /** |‖Ŷ P q‖ - ‖K q‖| <= inverseError · ‖D q‖, Ŷ = the computed K T; derivation in NOTES.md "Normalisers". */
  readonly inverseError: number
}

/**
 * T = T_before · V max(lambda, floor)^(-1/2) from this step's eigenpairs, with D⁻¹ in front on the first step.
 * Never fails: eigenvalues below 2 d u lambda_max are lifted to it (theory.md section 8).
 */
export function refineCoordinates(
  columnNorms: Float64Array,
  before: Preconditioner | undefined,
  { values, vectors }: SymmetricEigen,
  dense = plainDense,
  mayCompensate = false,
): Preconditioner {
  const floor = eigenvalueFloor(values)
  const roots = values.map((value) => Math.sqrt(Math.max(value, floor)))
  return measured(columnNorms, stepBy(columnNorms, before, roots, vectors, dense), dense, mayCompensate)
}

/** T = T_before · V diag(roots)⁻¹ and its inverse; without T_before D⁻¹ comes in front. */
export function stepBy(
  columnNorms: Float64Array,
  before: Pick<Preconditioner, 'forward' | 'inverse'> | undefined,
  roots: Float64Array,
  vectors: Float64Array,
  { multiply }: Pick<DenseAlgebra, 'multiply'> = plainDense,
): Pick<Preconditioner, 'forward' | 'inverse'> {
  const dim = columnNorms.length
  const forwardStep = vectors.map((v, i) => v / roots[i % dim])
  const inverseStep = transpose(vectors, dim).map((v, i) => v * roots[Math.floor(i / dim)])
  const forward = before
    ? multiply(before.forward, forwardStep, dim)
    : forwardStep.map((v, i) => v / columnNorms[Math.floor(i / dim)])
  const inverse = before
    ? multiply(inverseStep, before.inverse, dim)
    : inverseStep.map((v, i) => v * columnNorms[i % dim])
  return { forward, inverse }
}

/**
 * ‖f_j‖ <= ofSize ‖D⁻¹k̂_j‖ + ofValue ‖y_j‖ for the rounding f_j of y_j = k̂_j T: plain dots lose gamma_d Σ|k̂_a T_ab| an entry,
 * compensated ones gamma_d² of that and u|y_jb|.
 */
export function mapError(
  { forwardNorm, compensatedNorm }: Pick<Preconditioner, 'forwardNorm' | 'compensatedNorm'>,
  dim: number,
): { ofSize: number; ofValue: number } {
  const g = gamma(dim + 1)
  return {
    ofSize: g * forwardNorm + g * g * compensatedNorm,
    ofValue: compensatedNorm > 0 ? UNIT_ROUNDOFF_F64 : 0,
  }
}

/** Eigenvalues at most this count as zero: what T's floor is made of. */
export function eigenvalueFloor(values: Float64Array): number {
  const dim = values.length
  return dim === 0 ? 0 : 2 * dim * UNIT_ROUNDOFF_F64 * values[dim - 1]
}

/** What T and P lose, against columns of norms D. With A = D T and B = P D⁻¹: A B should be the identity. */
export function measured(
  columnNorms: Float64Array,
  { forward, inverse }: Pick<Preconditioner, 'forward' | 'inverse'>,
  { multiply }: Pick<DenseAlgebra, 'multiply'> = plainDense,
  mayCompensate = false,
): Preconditioner {
  const dim = columnNorms.length
  const a = scaledRows(forward, columnNorms)
  const b = inverse.map((v, i) => v / columnNorms[i % dim])
  const product = multiply(a, b, dim)
  for (let i = 0; i < dim; i++) product[i * dim + i] -= 1
  const absolute = frobenius(multiply(a.map(Math.abs), b.map(Math.abs), dim))
  const defect = frobenius(product) + gamma(dim + 3) * absolute
  const root = Math.sqrt(dim)
  const inverseError = 1.01 * (root * defect + gamma(dim + 2) * (1.1 * frobenius(b) + root * absolute))
  const squares = columnSquares(a, dim)
  const limit = mayCompensate ? (PLAIN_ERROR / (dim * gamma(dim + 1))) ** 2 : Infinity
  return {
    forward,
    inverse,
    compensated: Uint32Array.from(squares.keys()).filter((column) => squares[column] > limit),
    forwardNorm: Math.sqrt(squares.reduce((sum, square) => sum + (square > limit ? 0 : square), 0)),
    compensatedNorm: Math.sqrt(squares.reduce((sum, square) => sum + (square > limit ? square : 0), 0)),
    inverseNorm: frobenius(b),
    inverseError,
  }
}

/** D T [dim, dim]. */
export function scaledRows(forward: Float64Array, columnNorms: Float64Array): Float64Array {
  return forward.map((v, i) => v * columnNorms[Math.floor(i / columnNorms.length)])
}

/** Squares of the columns' norms. */
export function columnSquares(matrix: Float64Array, dim: number): Float64Array {
  const squares = new Float64Array(dim)
  matrix.forEach((value, i) => (squares[i % dim] += value * value))
  return squares
}

function frobenius(matrix: Float64Array): number {
  let sum = 0
  for (const value of matrix) sum += value * value
  return Math.sqrt(sum)
}
