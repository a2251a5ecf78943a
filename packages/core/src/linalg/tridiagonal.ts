import { dotRange } from './dot.ts'
import { binaryExponent, powerOfTwo } from './power-of-two.ts'

/** A = Q T Q^T, with Q = P_{dim-1} ... P_1 held as its reflectors P_i = I - u_i u_i^T / h_i. */
interface Tridiagonal {
  readonly diagonal: Float64Array // [dim]
  readonly offDiagonal: Float64Array // [dim]; entry i couples i and i + 1, the last is zero
  readonly reflectors: Float64Array // [dim, dim]; row i, columns 0..i-1 hold u_i
  readonly halfSquares: Float64Array // [dim]; h_i = |u_i|^2 / 2, zero where P_i = I
}

/**
 * Householder reduction of the symmetric matrix in the lower triangle of `work` ([dim, dim], overwritten).
 *
 * From the last row upwards (as EISPACK tred2 does): row i's first i entries are one contiguous vector, and so
 * is everything else that is touched. Each vector is scaled by a power of two before it is squared, so entries
 * of any size neither overflow nor vanish. Backward stable: the computed T is exactly similar to A + E with
 * |E|_F <= c dim^2 u |A|_F, c a small constant (Higham 2002, Lemma 19.3 applied from both sides).
 */
export function reduceToTridiagonal(work: Float64Array, dim: number): Tridiagonal {
  const diagonal = new Float64Array(dim)
  const offDiagonal = new Float64Array(dim)
  const halfSquares = new Float64Array(dim)
  const image = new Float64Array(dim)
  for (let i = dim - 1; i > 0; i--) {
    const row = i * dim
    diagonal[i] = work[row + i]
    halfSquares[i] = makeReflector(work, row, i, offDiagonal)
    if (halfSquares[i] > 0) reflectLeading(work, dim, i, halfSquares[i], image)
  }
  if (dim > 0) diagonal[0] = work[0]
  return { diagonal, offDiagonal, reflectors: work, halfSquares }
}

/**
 * Turn work[row .. row + count) into the u of the reflector that maps it onto its last coordinate; the
 * coordinate it gets goes to offDiagonal[count - 1]. Returns h = |u|^2 / 2, or 0 where nothing need be done.
 */
function makeReflector(work: Float64Array, row: number, count: number, offDiagonal: Float64Array): number {
  const last = row + count - 1
  let largest = 0
  for (let k = row; k < last; k++) largest = Math.max(largest, Math.abs(work[k]))
  if (largest === 0) {
    offDiagonal[count - 1] = work[last]
    return 0
  }
  const exponent = binaryExponent(Math.max(largest, Math.abs(work[last])))
  const scale = powerOfTwo(-exponent)
  for (let k = row; k <= last; k++) work[k] *= scale
  const norm = Math.sqrt(dotRange(work, row, work, row, count))
  const leading = work[last]
  const target = leading > 0 ? -norm : norm // opposite sign: no cancellation in leading - target
  offDiagonal[count - 1] = target / scale
  work[last] = leading - target
  return norm * norm - leading * target
}

/** Leading [count, count] block A <- P A P with P of row `count`: A - u q^T - q u^T, q = A u / h - (u^T A u / 2h^2) u. */
function reflectLeading(work: Float64Array, dim: number, count: number, half: number, image: Float64Array) {
  const u = count * dim
  multiplyLowerSymmetric(work, dim, count, u, image)
  let product = 0
  for (let j = 0; j < count; j++) {
    image[j] /= half
    product += image[j] * work[u + j]
  }
  const shift = product / (2 * half)
  for (let j = 0; j < count; j++) image[j] -= shift * work[u + j]
  for (let j = 0; j < count; j++) {
    const row = j * dim
    const uj = work[u + j]
    const qj = image[j]
    for (let k = 0; k <= j; k++) work[row + k] -= uj * image[k] + qj * work[u + k]
  }
}

/** image <- A u for the leading [count, count] block A of which the lower triangle is stored; one pass over its rows. */
function multiplyLowerSymmetric(
  work: Float64Array,
  dim: number,
  count: number,
  u: number,
  image: Float64Array,
) {
  for (let j = 0; j < count; j++) {
    const row = j * dim
    const uj = work[u + j]
    let sum = work[row + j] * uj
    for (let k = 0; k < j; k++) {
      const entry = work[row + k]
      sum += entry * work[u + k]
      image[k] += entry * uj
    }
    image[j] = sum
  }
}

/** Q^T ([dim, dim]) of A = Q T Q^T: the reflectors are applied to rows of Q^T, each contiguous. */
export function accumulateTranspose(tridiagonal: Tridiagonal, dim: number): Float64Array {
  const { reflectors, halfSquares } = tridiagonal
  const transposed = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) transposed[i * dim + i] = 1
  for (let i = 1; i < dim; i++) {
    if (halfSquares[i] === 0) continue
    const u = i * dim
    for (let row = 0; row < u; row += dim) {
      const factor = dotRange(transposed, row, reflectors, u, i) / halfSquares[i]
      for (let k = 0; k < i; k++) transposed[row + k] -= factor * reflectors[u + k]
    }
  }
  return transposed
}
