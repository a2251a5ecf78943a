import { withScratch } from '../kernels/with-scratch.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import { firstFrom } from '../selection/read-queries.ts'
import { plainPassOf, TRANSIENT } from './pass.ts'

interface MomentsQuestion {
  readonly factor: number
  /** Rows that are read, ascending. */
  readonly rows: Float64Array
  /** [dim], times `factor`: near the mean, so that little of the covariance cancels. */
  readonly centre: Float64Array
}

/** Count, Σ x [dim] and Σ x xᵀ [dim, dim] (upper triangle) of x = factor q - centre. */
export interface Moments {
  readonly count: number
  readonly sum: Float64Array
  readonly squares: Float64Array
}

/** The first two moments of queries. */
export const momentsPass = plainPassOf<MomentsQuestion, Moments>({
  kind: 'moments',
  ...TRANSIENT,
  map(shard, { factor, rows: read, centre }) {
    const { source, kernels } = shard
    const dim = source.cols
    return withScratch(kernels, () => {
      const squares = kernels.f64(dim * dim)
      const sum = new Float64Array(dim)
      let count = 0
      forEachBlock(shard, (rows, rowCount, rowStart) =>
        withScratch(kernels, () => {
          const shifted = kernels.f64(rowCount * dim)
          const first = firstFrom(read, rowStart)
          const end = firstFrom(read, rowStart + rowCount)
          for (let at = first, to = 0; at < end; at++) {
            const from = (read[at] - rowStart) * dim
            for (let a = 0; a < dim; a++, to++) {
              shifted[to] = rows[from + a] * factor - centre[a]
              sum[a] += shifted[to]
            }
          }
          if (!sum.every(Number.isFinite)) throwNonFinite(source, rowStart, rowCount, 'queries')
          kernels.addGram(squares, shifted, end - first, dim)
          count += end - first
        }),
      )
      return { count, sum, squares: squares.slice() }
    })
  },
  zero: ({ dim }) => ({ count: 0, sum: new Float64Array(dim), squares: new Float64Array(dim * dim) }),
  merge: (a, b) => ({
    count: a.count + b.count,
    sum: a.sum.map((x, i) => x + b.sum[i]),
    squares: a.squares.map((x, i) => x + b.squares[i]),
  }),
})
