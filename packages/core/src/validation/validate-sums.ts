import { gamma } from '../arithmetic/numeric.ts'
import { requireGram, requireTriangle, whereOf, unusable } from './block-checks.ts'
import type { Candidates } from '../sums/candidates.ts'
import { NO_EXPONENT, scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { cholesky } from '../linalg/cholesky.ts'
import { equilibrate } from '../bounds/factor/certificate.ts'

/** A sum of n terms is log2(n) additions deep at least; no way of ours to sum them makes it deeper than `most`. */
export function requireDepth(
  name: string,
  field: string,
  { depth, rowCount }: Pick<GramSum, 'depth' | 'rowCount'>,
  most: number,
): void {
  const least = rowCount > 0 ? Math.ceil(Math.log2(rowCount)) : 0
  if (depth >= least && depth <= most) return
  throw unusable(name, field, `from ${least} to ${most} for ${rowCount} rows`, depth)
}

/** G: the upper triangle alone, in columns whose exponents say which of them are zero. */
export function validateGram(name: string, field: string, sum: GramSum): void {
  const { gram, dim, depth, rowCount, exponents } = sum
  requireTriangle(name, field, gram, dim, 'lower')
  requireGram(name, field, gram, { dim, rowCount, relTol: gamma(depth + 1) })
  for (let a = 0; a < dim; a++) {
    const square = gram[a * dim + a]
    const isZero = rowCount === 0 || exponents[a] === NO_EXPONENT
    if (isZero && square !== 0)
      throw unusable(
        name,
        field,
        'zero in a column that has no exponent, or where there are no rows',
        square,
        whereOf(a * dim + a, dim),
      )
  }
}

/**
 * Throws Content unless the keys are finite and can be rows of `gram`: their squares in a column sum to at most its diagonal
 * entry, which is known to gamma_{depth+1} and they to gamma_{count+3}; an underflow loses 2^-1074 a row. Float32 keys are in
 * columns as they are.
 */
export function requireKeys(
  name: string,
  field: string,
  { keys, count, dim, element }: Pick<Candidates, 'keys' | 'count' | 'dim' | 'element'>,
  gram: GramSum | undefined,
): void {
  const exponents = gram?.exponents ?? new Int32Array(dim)
  if (element === 'f32' && count > 0) requirePlainColumns(name, 'exponents', exponents)
  const squares = columnSquares(keys, exponents)
  if (squares.some((square) => !Number.isFinite(square))) {
    const at = keys.findIndex((value) => !Number.isFinite(value))
    if (at >= 0) throw unusable(name, field, 'finite numbers', keys[at], whereOf(at, dim))
  }
  if (!gram) return
  const relTol = 2 * (gamma(gram.depth + 1) + gamma(count + 4))
  const lost = (gram.rowCount + count + 1) * 2 ** -1072
  squares.forEach((square, a) => {
    const most = gram.gram[a * dim + a]
    if (square <= most * (1 + relTol) + lost) return
    const wanted = `among the rows of 'gram', whose squares in column ${a} sum to ${most}`
    throw unusable(name, field, wanted, square, `for these alone`)
  })
}

/** Throws Content unless the columns are those of float32 keys, which are not scaled. */
export function requirePlainColumns(name: string, field: string, exponents: Int32Array): void {
  exponents.forEach((e, a) => {
    if (e === 0 || e === NO_EXPONENT) return
    throw unusable(name, field, `0 or ${NO_EXPONENT}, as its keys are float32`, e, whereOf(a))
  })
}

/** Σ (2^-e_a k_a)² of each column. */
function columnSquares(keys: Float32Array | Float64Array, exponents: Int32Array): Float64Array {
  const dim = exponents.length
  const shifts = exponents.map((e) => (e === NO_EXPONENT ? 0 : -e))
  const moderate = shifts.every((shift) => Math.abs(shift) <= 1000)
  const factors = Float64Array.from(shifts, (shift) => 2 ** shift)
  const squares = new Float64Array(dim)
  for (let i = 0; i < keys.length;) {
    for (let a = 0; a < dim; a++, i++) {
      const value = moderate ? keys[i] * factors[a] : scalePowerOfTwo(keys[i], shifts[a])
      squares[a] += value * value
    }
  }
  return squares
}

/**
 * Throws Content where `sum` is no Gram matrix: of such a one H = D⁻¹GD⁻¹ is known to eta (certificate.ts), so that H + 4 eta I
 * has a Cholesky factor. Every factor rests on that. O(d³ / 3).
 */
export function requireSemidefinite(file: string, field: string, sum: GramSum): void {
  const { dim } = sum
  const { equilibrated, eta } = equilibrate(sum)
  for (let i = 0; i < equilibrated.length; i += dim + 1) equilibrated[i] += 4 * eta
  const result = cholesky(equilibrated, dim)
  if (result.ok) return
  const wanted = 'a Gram matrix, with no negative eigenvalue'
  throw unusable(file, field, wanted, result.pivot, `at pivot ${result.pivotIndex} of its Cholesky factor`)
}
