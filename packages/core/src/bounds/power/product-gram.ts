import { withScratch } from '../../kernels/with-scratch.ts'
import { throwNonFinite } from '../../matrix/non-finite.ts'
import { blockRowsOf, forEachBlock, type ShardRows } from '../../matrix/row-blocks.ts'
import { productColumns, liftRow } from './product-features.ts'
import { losesBits, NO_EXPONENT, scaleColumns } from '../../arithmetic/column-exponents.ts'
import { GramAccumulator } from '../../sums/gram-accumulator.ts'
import type { GramSum } from '../../sums/gram-sum.ts'

/** The Gram of phi(K̂) over some rows, p = 4. */
export interface ProductSum {
  readonly gram: GramSum
  /** An entry fell below what float64 holds exactly: the lift is not to be used. */
  readonly lost: boolean
}

/** Rows [range) of `source`, in columns scaled by 2^-exponents. Throws Content at a NaN or infinity. */
export function productGram(shard: ShardRows, exponents: Int32Array): ProductSum {
  const { source, kernels } = shard
  const dim = source.cols
  const columns = productColumns(dim)
  return withScratch(kernels, () => {
    const accumulator = new GramAccumulator(kernels, columns)
    const lifted = kernels.f64(blockRowsOf(source) * columns)
    const shifts = exponents.map((e) => (e === NO_EXPONENT ? 0 : -e))
    let lost = false
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      if (rows instanceof Float64Array) {
        lost ||= losesBits(rows, rowCount, shifts)
        scaleColumns(rows, rowCount, exponents)
      }
      for (let r = 0; r < rowCount; r++) if (!liftRow(lifted, r, rows, r, dim)) lost = true
      if (!accumulator.add(lifted, rowCount)) throwNonFinite(source, rowStart, rowCount)
    })
    return { gram: accumulator.finish(), lost }
  })
}

/** Both sums, as a new value. */
export function mergeProductSums(a: ProductSum, b: ProductSum): ProductSum {
  return { gram: a.gram.clone().merge(b.gram), lost: a.lost || b.lost }
}
