import { losesBits, NO_EXPONENT, scaleColumns } from '../../arithmetic/column-exponents.ts'
import { withScratch } from '../../kernels/with-scratch.ts'
import { throwNonFinite } from '../../matrix/non-finite.ts'
import { blockRowsOf, forEachBlock, type ShardRows } from '../../matrix/row-blocks.ts'
import { GramAccumulator } from '../../sums/gram-accumulator.ts'
import type { GramSum } from '../../sums/gram-sum.ts'
import { RowMap } from '../factor/row-map.ts'
import type { MomentCoordinates } from './moment-coordinates.ts'
import { productColumns } from './product-features.ts'

/** Rows lifted at a time, a multiple of a panel: their products stay in the second cache. */
const LIFTED_ROWS = 256

/** The fourth moments of some rows. */
export interface FourthMomentSum {
  /** Gram of phi(x) [D, D], D = d(d+1)/2: Σ φ_i(x) φ_j(x), all fourth moments of x. */
  readonly gram: GramSum
  /** Σ k̂_a⁴ of each column [dim]. */
  readonly columnPowers: Float64Array
  /** An entry fell below what float64 holds exactly: the moments are not to be used. */
  readonly lost: boolean
}

/** What a row sum of p = 4 is computed from: φ(z)ᵀ gram φ(z) in place of a pass over the keys. Plain data. */
export interface FourthMoments extends Pick<FourthMomentSum, 'columnPowers'> {
  readonly coordinates: MomentCoordinates
  readonly gram: Float64Array // [D, D], both triangles
  /** No entry of `gram` went through more additions. */
  readonly depth: number
}

/** Rows of `shard` in columns scaled by 2^-exponents. Throws Content at a NaN or infinity. */
export function fourthMoments(
  shard: ShardRows,
  { exponents, coordinates }: { readonly exponents: Int32Array; readonly coordinates: MomentCoordinates },
): FourthMomentSum {
  const { source, kernels } = shard
  const dim = source.cols
  const columns = productColumns(dim)
  return withScratch(kernels, () => {
    const accumulator = new GramAccumulator(kernels, columns)
    const map = new RowMap(kernels, coordinates, dim, blockRowsOf(source))
    const lifted = kernels.f64(LIFTED_ROWS * columns)
    const columnPowers = new Float64Array(dim)
    const shifts = exponents.map((e) => (e === NO_EXPONENT ? 0 : -e))
    let lost = false
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      if (rows instanceof Float64Array) {
        lost ||= losesBits(rows, rowCount, shifts)
        scaleColumns(rows, rowCount, exponents)
      }
      addPowers(columnPowers, rows, rowCount)
      const mapped = map.map(rows, rowCount)
      for (let start = 0; start < rowCount; start += LIFTED_ROWS) {
        const count = Math.min(LIFTED_ROWS, rowCount - start)
        for (let r = 0; r < count; r++) productsInto(lifted, r * columns, mapped, (start + r) * dim, dim)
        if (!accumulator.addUnscaled(lifted, count)) throwNonFinite(source, rowStart, rowCount)
      }
    })
    return { gram: accumulator.finish(), columnPowers, lost }
  })
}

/** Both sums, as a new value. */
export function mergeFourthMoments(a: FourthMomentSum, b: FourthMomentSum): FourthMomentSum {
  return {
    gram: a.gram.clone().merge(b.gram),
    columnPowers: a.columnPowers.map((power, column) => power + b.columnPowers[column]),
    lost: a.lost || b.lost,
  }
}

/** phi(x) = (x_a x_b)_{a<=b}, off-diagonals times sqrt 2: at most three roundings an entry. */
export function productsInto(
  out: Float64Array,
  outStart: number,
  x: Float64Array,
  start: number,
  dim: number,
): void {
  let at = outStart
  for (let a = 0; a < dim; a++) {
    const value = x[start + a]
    const twice = Math.SQRT2 * value
    out[at++] = value * value
    for (let b = a + 1; b < dim; b++) out[at++] = twice * x[start + b]
  }
}

function addPowers(sums: Float64Array, rows: Float32Array | Float64Array, rowCount: number): void {
  const dim = sums.length
  for (let r = 0, at = 0; r < rowCount; r++)
    for (let a = 0; a < dim; a++, at++) {
      const square = rows[at] * rows[at]
      sums[a] += square * square
    }
}
