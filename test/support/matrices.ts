/**
 * Matrices that are hard in different ways, as fast-check arbitraries: rows, columns and seed shrink, the entries
 * are a function of them. `anyKeys()` draws from all kinds; `adversarialQueries` aims at what certificates miss.
 */
import * as fc from 'fast-check'
import { Random } from './random.mjs'
import { leverageOracle, row, timesPowerOfTwo, type DenseMatrix } from './oracle.ts'

/** Keys [rows, cols] with the name of what is hard about them, shown in a counterexample. */
export interface NamedMatrix extends DenseMatrix {
  readonly kind: string
  readonly seed: number
}

export interface Shape {
  readonly minRows?: number
  readonly maxRows?: number
  readonly maxCols?: number
}

type Fill = (random: Random, rows: number, cols: number) => Float64Array

const gaussianFill: Fill = (random, rows, cols) =>
  Float64Array.from({ length: rows * cols }, () => random.normal())

/** A shared mean, a decaying spectrum and a few rows 30 times longer: what trained keys look like. */
const keyLike: Fill = (random, rows, cols) => {
  const mean = gaussianFill(random, 1, cols)
  const data = gaussianFill(random, rows, cols)
  for (let j = 0; j < rows; j++) {
    const length = random.uniform() < 0.03 ? 30 : 1
    for (let a = 0; a < cols; a++) {
      data[j * cols + a] = length * (data[j * cols + a] * 10 ** ((-3 * a) / cols) + mean[a])
    }
  }
  return data
}

/** One entry in ten, whole rows and columns of zeros among them. */
const sparse: Fill = (random, rows, cols) =>
  gaussianFill(random, rows, cols).map((x) => (random.uniform() < 0.1 ? x : 0))

/** Columns 2^-60 to 2^60 apart and not powers of two. */
const scaledColumns: Fill = (random, rows, cols) => {
  const scales = Array.from({ length: cols }, () => 2 ** (120 * random.uniform() - 60))
  return gaussianFill(random, rows, cols).map((x, at) => x * scales[at % cols])
}

/** Integers of rank at most half the columns, so that the rank is exact and null vectors exist. */
const rankDeficient: Fill = (random, rows, cols) => {
  const rank = Math.max(1, Math.floor(cols / 2))
  const left = Int32Array.from({ length: rows * rank }, () => random.below(19) - 9)
  const right = Int32Array.from({ length: rank * cols }, () => random.below(19) - 9)
  return Float64Array.from({ length: rows * cols }, (_, at) => {
    const [j, a] = [Math.floor(at / cols), at % cols]
    let sum = 0
    for (let r = 0; r < rank; r++) sum += left[j * rank + r] * right[r * cols + a]
    return sum
  })
}

/** Full rank in exact arithmetic, by a margin of 2^-40 or so: no tolerance tells which side it is on. */
const nearlyDeficient: Fill = (random, rows, cols) =>
  rankDeficient(random, rows, cols).map((x) => x * (1 + (random.below(7) - 3) * 2 ** -42))

/** A handful of distinct rows, many times over, some negated. */
const duplicates: Fill = (random, rows, cols) => {
  const distinct = 1 + random.below(cols + 3)
  const base = gaussianFill(random, distinct, cols)
  const data = new Float64Array(rows * cols)
  for (let j = 0; j < rows; j++) {
    const from = random.below(distinct) * cols
    const sign = random.uniform() < 0.3 ? -1 : 1
    for (let a = 0; a < cols; a++) data[j * cols + a] = sign * base[from + a]
  }
  return data
}

/** Each basis vector repeated about rows/cols times: every key sits at one threshold. */
const repeatedBasis: Fill = (_random, rows, cols) =>
  Float64Array.from({ length: rows * cols }, (_, at) => (Math.floor(at / cols) % cols === at % cols ? 1 : 0))

function keysArbitrary(kind: string, fill: Fill, shape: Shape = {}): fc.Arbitrary<NamedMatrix> {
  return fc
    .record({
      rows: fc.integer({ min: shape.minRows ?? 1, max: shape.maxRows ?? 200 }),
      cols: fc.integer({ min: 1, max: shape.maxCols ?? 12 }),
      seed: fc.nat(),
    })
    .map(({ rows, cols, seed }) => ({ kind, seed, rows, cols, data: fill(new Random(seed), rows, cols) }))
}

export const gaussianKeys = (shape?: Shape) => keysArbitrary('gaussianFill', gaussianFill, shape)
export const keyLikeKeys = (shape?: Shape) => keysArbitrary('key-like', keyLike, shape)
export const sparseKeys = (shape?: Shape) => keysArbitrary('sparse', sparse, shape)
export const scaledColumnKeys = (shape?: Shape) => keysArbitrary('scaled columns', scaledColumns, shape)
export const rankDeficientKeys = (shape?: Shape) => keysArbitrary('rank deficient', rankDeficient, shape)
export const nearlyDeficientKeys = (shape?: Shape) =>
  keysArbitrary('nearly deficient', nearlyDeficient, shape)
export const duplicateKeys = (shape?: Shape) => keysArbitrary('duplicates', duplicates, shape)
export const repeatedBasisKeys = (shape?: Shape) => keysArbitrary('repeated basis', repeatedBasis, shape)
/** At most 3 x 3: one row, one column, fewer rows than columns. */
export const tinyKeys = () => keysArbitrary('tiny', gaussianFill, { minRows: 1, maxRows: 3, maxCols: 3 })

/** Keys of full column rank with a modest condition: for laws that hold only there. */
export const wellConditionedKeys = (shape: Shape = {}) =>
  keysArbitrary('gaussianFill', gaussianFill, { minRows: 40, maxRows: 200, maxCols: 8, ...shape })

/** Every kind. */
export function anyKeys(shape?: Shape): fc.Arbitrary<NamedMatrix> {
  return fc.oneof(
    gaussianKeys(shape),
    keyLikeKeys(shape),
    sparseKeys(shape),
    scaledColumnKeys(shape),
    rankDeficientKeys(shape),
    nearlyDeficientKeys(shape),
    duplicateKeys(shape),
    repeatedBasisKeys(shape),
    tinyKeys(),
  )
}

/**
 * Queries [m, d] against `keys` [n, d], n <= 2000: G^-1 k_j of up to `perKind` rows (they bring k_j to its
 * sensitivity), the `perKind` smallest singular vectors, unit vectors, own rows, and zero. Each is scaled by a
 * power of two to a largest entry in [1, 2).
 */
export function adversarialQueries(keys: DenseMatrix, perKind = 4): DenseMatrix {
  const queries = [
    ...sensitivityQueries(keys, perKind),
    ...smallestSingularVectors(keys, perKind),
    ...unitVectors(keys.cols, perKind),
    ...spread(keys.rows, perKind).map((j) => row(keys, j)),
    new Float64Array(keys.cols),
  ]
  return stack(queries.map(normalised), keys.cols)
}

/** G^+ k_j for rows j spread over `keys` [n, d]. */
export function sensitivityQueries(keys: DenseMatrix, count: number): Float64Array[] {
  const svd = leverageOracle(keys)
  return spread(keys.rows, count).map((j) =>
    unscaled(svd.columnExponents, (a) => {
      let sum = 0
      for (let r = 0; r < svd.rank; r++) {
        sum += (svd.rightVectors.get(a, r) * svd.leftVectors.get(j, r)) / svd.singularValues[r]
      }
      return sum
    }),
  )
}

/** Right singular vectors of the column-scaled `keys` [n, d] with the smallest singular values, zero ones too. */
export function smallestSingularVectors(keys: DenseMatrix, count: number): Float64Array[] {
  const svd = leverageOracle(keys)
  const width = svd.rightVectors.columns
  return Array.from({ length: Math.min(count, width) }, (_, i) =>
    unscaled(svd.columnExponents, (a) => svd.rightVectors.get(a, width - 1 - i)),
  )
}

export function unitVectors(dim: number, count: number): Float64Array[] {
  return spread(dim, count).map((a) => Float64Array.from({ length: dim }, (_, b) => (a === b ? 1 : 0)))
}

/** Rows, each of length `cols`, as one matrix [rows.length, cols]. */
export function stack(rows: readonly Float64Array[], cols: number): DenseMatrix {
  const data = new Float64Array(rows.length * cols)
  rows.forEach((values, i) => data.set(values, i * cols))
  return { rows: rows.length, cols, data }
}

/** A query in the coordinates of K from entry(a), its entry in column-scaled coordinates. */
function unscaled(exponents: Int32Array, entry: (a: number) => number): Float64Array {
  return Float64Array.from(exponents, (exponent, a) => timesPowerOfTwo(entry(a), -exponent))
}

function normalised(query: Float64Array): Float64Array {
  const largest = query.reduce((max, x) => Math.max(max, Math.abs(x)), 0)
  if (largest === 0) return query
  return query.map((x) => timesPowerOfTwo(x, -Math.floor(Math.log2(largest))))
}

/** At most `count` indices in [0, end), evenly spread, first and last among them. */
function spread(end: number, count: number): number[] {
  if (end <= count) return Array.from({ length: end }, (_, i) => i)
  return Array.from({ length: count }, (_, i) => Math.round((i * (end - 1)) / Math.max(1, count - 1)))
}

/** Independent normal entries [rows, cols]. */
export function gaussian(rows: number, cols: number, seed: number): DenseMatrix {
  const random = new Random(seed)
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => random.normal()) }
}

/**
 * Rows (1 + 3e, 1 + 2e) and (1 + e, 1), e = 2^-36, times powers of two: their first-order differences cancel, so that the columns are as
 * near to dependent as 2^-72, which two lifts in float64 neither resolve nor take for nothing.
 */
export function untoldRank(rows: number): DenseMatrix {
  const e = 2 ** -36
  const data = Float64Array.from({ length: 2 * rows }, (_, i) => {
    const pair = i % 4 < 2 ? [1 + 3 * e, 1 + 2 * e] : [1 + e, 1]
    return pair[i % 2] * 2 ** ((((i >> 1) * 5) % 7) - 3)
  })
  return { rows, cols: 2, data }
}
