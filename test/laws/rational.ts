/**
 * Exact arithmetic on float64 matrices: every finite float64 is an integer times a power of two, so determinants and
 * sums of products are exact in BigInt. For small cases only.
 */
import { row, type DenseMatrix } from '../support/oracle.ts'

/** numbers · 2^-shift. */
export interface Scaled {
  readonly numbers: bigint[]
  readonly shift: number
}

/** A quotient of integers, `den` > 0. */
export interface Ratio {
  readonly num: bigint
  readonly den: bigint
}

/** Exactly `values`, over one common power of two. */
export function exactly(values: ArrayLike<number>): Scaled {
  const parts = Array.from(values, split)
  const shift = -parts.reduce((lowest, { exponent }) => Math.min(lowest, exponent), 0)
  return { numbers: parts.map(({ mantissa, exponent }) => mantissa << BigInt(exponent + shift)), shift }
}

function split(value: number): { mantissa: bigint; exponent: number } {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not finite`)
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const raw = bits.getBigUint64(0)
  const biased = Number((raw >> 52n) & 0x7ffn)
  const fraction = raw & ((1n << 52n) - 1n)
  const size = biased === 0 ? fraction : fraction | (1n << 52n)
  if (size === 0n) return { mantissa: 0n, exponent: 0 }
  return { mantissa: value < 0 ? -size : size, exponent: Math.max(biased, 1) - 1075 }
}

/** The float64 nearest to num / den (two roundings at most, the second of 2^-60). */
export function toNumber({ num, den }: Ratio): number {
  if (num === 0n) return 0
  const size = num < 0n ? -num : num
  const scale = bitLength(den) - bitLength(size) + 64
  const quotient = scale >= 0 ? (size << BigInt(scale)) / den : size / (den << BigInt(-scale))
  const value = timesPowerOfTwo(Number(quotient), -scale)
  return num < 0n ? -value : value
}

function timesPowerOfTwo(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2)
  return value * 2 ** half * 2 ** (exponent - half)
}

function bitLength(value: bigint): number {
  return value.toString(2).length
}

/** a - b, exactly. */
export function minus(a: Ratio, b: Ratio): Ratio {
  return { num: a.num * b.den - b.num * a.den, den: a.den * b.den }
}

export function ratioOf(value: number): Ratio {
  const { numbers, shift } = exactly([value])
  return { num: numbers[0], den: 1n << BigInt(shift) }
}

/** a < b. */
export function isLess(a: Ratio, b: Ratio): boolean {
  return a.num * b.den < b.num * a.den
}

/** |value / exact - 1|; exact is not 0. */
export function relativeError(value: number, exact: Ratio): number {
  const off = minus(ratioOf(value), exact)
  return Math.abs(toNumber({ num: off.num * exact.den, den: off.den * abs(exact.num) }))
}

/** xᵀ y, exactly. */
export function exactDotRatio(x: ArrayLike<number>, y: ArrayLike<number>): Ratio {
  const a = exactly(x)
  const b = exactly(y)
  return { num: dot(a.numbers, b.numbers), den: 1n << BigInt(a.shift + b.shift) }
}

/** Σ_l <q, k_l>² over the rows of `keys` [n, d], exactly. */
export function exactRowSum(query: ArrayLike<number>, keys: DenseMatrix): Ratio {
  const q = exactly(query)
  const k = exactly(keys.data)
  let sum = 0n
  for (let j = 0; j < keys.rows; j++) {
    sum += dot(q.numbers, k.numbers.slice(j * keys.cols, (j + 1) * keys.cols)) ** 2n
  }
  return { num: sum, den: 1n << BigInt(2 * (q.shift + k.shift)) }
}

/** KᵀK [d, d] of `keys` [n, d], exactly. */
export function exactGram({ rows, cols, data }: DenseMatrix): Scaled {
  const { numbers, shift } = exactly(data)
  const gram = Array.from({ length: cols * cols }, () => 0n)
  for (let j = 0; j < rows; j++) {
    for (let a = 0; a < cols; a++) {
      for (let b = 0; b < cols; b++) gram[a * cols + b] += numbers[j * cols + a] * numbers[j * cols + b]
    }
  }
  return { numbers: gram, shift: 2 * shift }
}

/** Determinant of an integer matrix [dim, dim], by Bareiss elimination with row exchanges. */
export function determinant(matrix: readonly bigint[], dim: number): bigint {
  const m = matrix.slice()
  let previous = 1n
  let sign = 1n
  for (let k = 0; k < dim; k++) {
    const pivot = Array.from({ length: dim - k }, (_, i) => k + i).find((i) => m[i * dim + k] !== 0n)
    if (pivot === undefined) return 0n
    if (pivot !== k) {
      for (let j = 0; j < dim; j++)
        [m[k * dim + j], m[pivot * dim + j]] = [m[pivot * dim + j], m[k * dim + j]]
      sign = -sign
    }
    for (let i = k + 1; i < dim; i++) {
      for (let j = k + 1; j < dim; j++) {
        m[i * dim + j] = (m[i * dim + j] * m[k * dim + k] - m[i * dim + k] * m[k * dim + j]) / previous
      }
    }
    previous = m[k * dim + k]
  }
  return dim === 0 ? 1n : sign * m[dim * dim - 1]
}

/** Is the symmetric integer matrix [dim, dim] positive definite? All leading minors > 0. */
export function isPositiveDefinite(matrix: readonly bigint[], dim: number): boolean {
  for (let size = 1; size <= dim; size++) {
    const minor: bigint[] = []
    for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) minor.push(matrix[a * dim + b])
    if (determinant(minor, size) <= 0n) return false
  }
  return true
}

/**
 * Leverage scores [n] of `keys` [n, d], exactly: det(G - k kᵀ) = det(G) (1 - kᵀG⁻¹k), over a set of columns that
 * spans the column space (any such set gives the same scores).
 */
export function exactLeverage(keys: DenseMatrix): { leverage: Ratio[]; rank: number } {
  const { numbers: gram } = exactGram(keys)
  const columns = independentColumns(gram, keys.cols)
  const size = columns.length
  const pick = (matrix: readonly bigint[]) =>
    columns.flatMap((a) => columns.map((b) => matrix[a * keys.cols + b]))
  const den = determinant(pick(gram), size)
  const { numbers } = exactly(keys.data)
  const leverage = Array.from({ length: keys.rows }, (_, j) => {
    const key = numbers.slice(j * keys.cols, (j + 1) * keys.cols)
    const rest = gram.map((value, i) => value - key[Math.floor(i / keys.cols)] * key[i % keys.cols])
    return { num: den - determinant(pick(rest), size), den }
  })
  return { leverage, rank: size }
}

/** Columns whose Gram is regular and as many as its rank. */
export function independentColumns(gram: readonly bigint[], dim: number): number[] {
  const chosen: number[] = []
  for (let a = 0; a < dim; a++) {
    const trial = [...chosen, a]
    const minor = trial.flatMap((i) => trial.map((j) => gram[i * dim + j]))
    if (determinant(minor, trial.length) !== 0n) chosen.push(a)
  }
  return chosen
}

/** The least sine of the angle between a column of K that is independent of those before it and their span. */
export function leastSine(keys: DenseMatrix): number {
  const { numbers: gram } = exactGram(keys)
  const columns = independentColumns(gram, keys.cols)
  const minor = (chosen: readonly number[]) =>
    determinant(
      chosen.flatMap((a) => chosen.map((b) => gram[a * keys.cols + b])),
      chosen.length,
    )
  const squares = columns.slice(1).map((column, i) => {
    const before = columns.slice(0, i + 1)
    const den = minor(before) * gram[column * keys.cols + column]
    return toNumber({ num: minor([...before, column]), den })
  })
  return Math.sqrt(Math.min(1, ...squares))
}

/** The columns of K as rows of their own: a copy of `keys` in which every number is multiplied by `factors[column]`. */
export function scaledColumnsOf(keys: DenseMatrix, factors: ArrayLike<number>): DenseMatrix {
  return { ...keys, data: keys.data.map((x, i) => x * factors[i % keys.cols]) }
}

/** Rows `rowIds` of `matrix`, as a copy. */
export function rowsOf(matrix: DenseMatrix, rowIds: readonly number[]): DenseMatrix {
  const data = new Float64Array(rowIds.length * matrix.cols)
  rowIds.forEach((rowId, i) => data.set(row(matrix, rowId), i * matrix.cols))
  return { rows: rowIds.length, cols: matrix.cols, data }
}

function dot(x: readonly bigint[], y: readonly bigint[]): bigint {
  return x.reduce((sum, value, i) => sum + value * y[i], 0n)
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}
