/**
 * A slow, plain oracle for property tests, written from the definitions alone and sharing no line with the
 * product: A_ij = |<q_i, k_j>|^p / sum_l |<q_i, k_l>|^p, and leverage scores from a singular value decomposition.
 *
 * Dots are correctly rounded (every product split in two, all parts summed exactly), so a query that nearly
 * annihilates K is judged by its true dots and not by rounding noise. Columns and queries are scaled by powers
 * of two first, so 1e150 and 1e-150 neither overflow nor vanish.
 */
import { Matrix, SingularValueDecomposition } from 'ml-matrix'

/** A row-major matrix [rows, cols]. */
export interface DenseMatrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
}

export interface HeavyPair {
  readonly query: number
  readonly key: number
  readonly score: number
}

export interface HeavyAnswer {
  /** Sorted by query, then key. */
  readonly pairs: readonly HeavyPair[]
  /** Queries whose exact row sum is 0: no pair of theirs is defined. */
  readonly undefinedRows: readonly number[]
}

/** Every pair with score >= epsilon, by brute force. `queries` [m, d], `keys` [n, d], p > 0. */
export function bruteForceHeavy(
  queries: DenseMatrix,
  keys: DenseMatrix,
  epsilon: number,
  p = 2,
): HeavyAnswer {
  const pairs: HeavyPair[] = []
  const undefinedRows: number[] = []
  const scaled = scaleColumns(keys)
  for (let query = 0; query < queries.rows; query++) {
    const scores = scoresOf(scaledDots(row(queries, query), scaled), p)
    if (scores === undefined) undefinedRows.push(query)
    else scores.forEach((score, key) => score >= epsilon && pairs.push({ query, key, score }))
  }
  return { pairs, undefinedRows }
}

/** The scores [n] of one query [d] against `keys` [n, d], or undefined where the row sum is exactly 0. */
export function attentionRow(query: Float64Array, keys: DenseMatrix, p = 2): Float64Array | undefined {
  return scoresOf(scaledDots(query, scaleColumns(keys)), p)
}

function scoresOf(dots: Float64Array, p: number): Float64Array | undefined {
  let largest = 0
  for (const dot of dots) largest = Math.max(largest, Math.abs(dot))
  if (largest === 0) return undefined
  // A power of the ratio, not a ratio of powers: neither p = .01 nor p = 1000 leaves the number range.
  const scores = dots.map((dot) => (Math.abs(dot) / largest) ** p)
  const total = exactSum(scores)
  for (let key = 0; key < scores.length; key++) scores[key] /= total
  return scores
}

/** A matrix [n, d] whose column a was multiplied by 2^-exponents[a], to a largest entry near 1. */
interface ScaledMatrix extends DenseMatrix {
  readonly exponents: Int32Array
}

function scaleColumns(keys: DenseMatrix): ScaledMatrix {
  const { rows, cols } = keys
  const exponents = columnExponents(keys)
  const data = keys.data.slice(0, rows * cols)
  for (let a = 0; a < cols; a++) {
    const factor = Math.abs(exponents[a]) > 1000 ? undefined : 2 ** -exponents[a]
    for (let at = a; at < data.length; at += cols)
      data[at] = factor === undefined ? timesPowerOfTwo(data[at], -exponents[a]) : data[at] * factor
  }
  return { rows, cols, data, exponents }
}

/** A query's largest term lies near 2^this: its smallest, 2^1000 below, is no subnormal number then. */
const TOP_EXPONENT = 400

/** Dots [n] of a query [d] with every row of K, all times one unknown power of two. */
function scaledDots(query: Float64Array, { rows, cols, data, exponents }: ScaledMatrix): Float64Array {
  const sizes = exponents.map((exponent, a) => exponent + exponentOf(query[a]))
  const top = sizes.reduce((max, size, a) => (query[a] === 0 ? max : Math.max(max, size)), -Infinity)
  const scaled = query.map((x, a) => (x === 0 ? 0 : timesPowerOfTwo(x, exponents[a] - top + TOP_EXPONENT)))
  const dots = new Float64Array(rows)
  for (let j = 0; j < rows; j++) dots[j] = exactDot(scaled, data, j * cols)
  return dots
}

/** <x, y> rounded once, y from `start` on in `data`, provided no product lies below 2^-969 or above 2^996. */
export function exactDot(x: Float64Array, data: Float64Array, start = 0): number {
  let [sum, errors, size] = [0, 0, 0]
  for (let a = 0; a < x.length; a++) {
    const product = x[a] * data[start + a]
    const next = sum + product
    errors += sumError(sum, product, next) + productError(x[a], data[start + a], product)
    size += Math.abs(product)
    sum = next
  }
  return roundedOnce(sum, errors, x.length, size) ?? sumOfParts(termsOf(x, data, start))
}

/** The sum of `terms` rounded once. */
export function exactSum(terms: Float64Array): number {
  let [sum, errors, size] = [0, 0, 0]
  for (const term of terms) {
    const next = sum + term
    errors += sumError(sum, term, next)
    size += Math.abs(term)
    sum = next
  }
  return roundedOnce(sum, errors, terms.length, size) ?? sumOfParts(terms)
}

/**
 * sum + errors rounded once, where every number as near to it as the exact one is rounded to the same: with the errors of `count`
 * terms of total `size` added up beside the sum, the exact one lies within (count 2^-53)^2 size (Dot2 of Ogita, Rump, Oishi, SIAM
 * J. Sci. Comput. 26(6), 2005). Eight times that and more is allowed for, the rounding of these bounds too.
 */
function roundedOnce(sum: number, errors: number, count: number, size: number): number | undefined {
  const room = 8 * ((count + 2) * 2 ** -53) ** 2 * size
  const low = sum + (errors - room)
  return low === sum + (errors + room) ? low : undefined
}

/** What the entries' products are exactly: each and its rounding error. */
function termsOf(x: Float64Array, data: Float64Array, start: number): Float64Array {
  const terms = new Float64Array(2 * x.length)
  for (let a = 0; a < x.length; a++) {
    const product = x[a] * data[start + a]
    terms[2 * a] = product
    terms[2 * a + 1] = productError(x[a], data[start + a], product)
  }
  return terms
}

/** The sum of `terms` rounded once, whatever cancels (Shewchuk: a list of partial sums that do not overlap). */
function sumOfParts(terms: Float64Array): number {
  const partials: number[] = []
  let count = 0
  for (const term of terms) {
    let x = term
    let kept = 0
    for (let i = 0; i < count; i++) {
      const sum = x + partials[i]
      const error = sumError(x, partials[i], sum)
      if (error !== 0) partials[kept++] = error
      x = sum
    }
    partials[kept] = x
    count = kept + 1
  }
  let sum = 0
  while (count > 0) {
    const next = sum + partials[--count]
    const error = sumError(sum, partials[count], next)
    sum = next
    if (error === 0) continue
    // Half-way between two numbers, the parts below say which is nearer.
    const isMore = count > 0 && error < 0 === partials[count - 1] < 0
    return isMore && sum + 2 * error - sum === 2 * error ? sum + 2 * error : sum
  }
  return sum
}

/** x + y - fl(x + y) exactly (Knuth). */
function sumError(x: number, y: number, sum: number): number {
  const added = sum - x
  return x - (sum - added) + (y - added)
}

/** x y - fl(x y) exactly (Dekker's product over Veltkamp's split). */
export function productError(x: number, y: number, product: number): number {
  const xHigh = upperHalf(x)
  const yHigh = upperHalf(y)
  const xLow = x - xHigh
  const yLow = y - yHigh
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow)
}

function upperHalf(x: number): number {
  const scaled = 134217729 * x // 2^27 + 1
  return scaled - (scaled - x)
}

export interface LeverageAnswer {
  /** Leverage of every row [n]; their sum is `rank`. */
  readonly leverage: Float64Array
  readonly rank: number
  /** Of the matrix with its columns scaled by powers of two to maximum 1; descending. */
  readonly singularValues: readonly number[]
  /** Right singular vectors [d, d] as columns, in the scaled coordinates. */
  readonly rightVectors: Matrix
  /** Left singular vectors, min(n, d) columns. */
  readonly leftVectors: Matrix
  /** scaled keys = keys * 2^-columnExponents. */
  readonly columnExponents: Int32Array
}

/**
 * Leverage scores of `keys` [n, d], n <= 2000, by an SVD of the column-scaled matrix. Singular values below
 * max(n, d) 2^-52 times the largest count as zero: look at `singularValues` where the gap is in doubt.
 * Relative error about cond(K D^-1) 2^-52.
 */
export function leverageOracle(keys: DenseMatrix): LeverageAnswer {
  if (keys.rows > 2000) throw new RangeError(`leverageOracle is for n <= 2000, got n = ${keys.rows}`)
  const { data, exponents } = scaleColumns(keys)
  const scaled = Matrix.from1DArray(keys.rows, keys.cols, data)
  const svd = new SingularValueDecomposition(scaled, { autoTranspose: true })
  const cut = Math.max(keys.rows, keys.cols) * 2 ** -52 * Math.max(0, ...svd.diagonal)
  const rank = svd.diagonal.filter((s) => s > cut).length
  const leverage = new Float64Array(keys.rows)
  for (let j = 0; j < keys.rows; j++) {
    for (let a = 0; a < rank; a++) leverage[j] += svd.leftSingularVectors.get(j, a) ** 2
  }
  return {
    leverage,
    rank,
    singularValues: svd.diagonal,
    rightVectors: svd.rightSingularVectors,
    leftVectors: svd.leftSingularVectors,
    columnExponents: exponents,
  }
}

/** Row `index` of `matrix`, as a view. */
export function row(matrix: DenseMatrix, index: number): Float64Array {
  return matrix.data.subarray(index * matrix.cols, (index + 1) * matrix.cols)
}

/** e with 2^e about the largest magnitude of each column of `keys` [n, d]; 0 for a zero column. */
export function columnExponents({ rows, cols, data }: DenseMatrix): Int32Array {
  return Int32Array.from({ length: cols }, (_, a) => {
    let largest = 0
    for (let at = a; at < rows * cols; at += cols) largest = Math.max(largest, Math.abs(data[at]))
    return exponentOf(largest)
  })
}

function exponentOf(x: number): number {
  return x === 0 ? 0 : Math.floor(Math.log2(Math.abs(x)))
}

/** x 2^exponent, in steps that cannot overflow on the way; exact unless the result is subnormal. */
export function timesPowerOfTwo(x: number, exponent: number): number {
  let result = x
  for (let left = exponent; left !== 0;) {
    const step = Math.max(-1000, Math.min(1000, left))
    result *= 2 ** step
    left -= step
  }
  return result
}
