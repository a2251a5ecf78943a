import type { InputName } from '../errors/errors.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import { plainPassOf, TRANSIENT } from './pass.ts'

interface ColumnsQuestion {
  /** What errors call the matrix; default: keys. */
  readonly input?: InputName | undefined
}

/** The largest size of an entry in each column [dim]. */
export const columnsPass = plainPassOf<ColumnsQuestion, Float64Array>({
  kind: 'columns',
  ...TRANSIENT,
  map(shard, { input }) {
    const { source } = shard
    const maxima = new Float64Array(source.cols)
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      enlarge(maxima, rows)
      if (maxima.includes(Infinity)) throwNonFinite(source, rowStart, rowCount, input)
    })
    return maxima
  },
  zero: ({ dim }) => new Float64Array(dim),
  merge: (a, b) => a.map((size, i) => Math.max(size, b[i])),
})

/** maxima[a] = max(maxima[a], |rows_ra|); a NaN or infinity comes through as Infinity. */
function enlarge(maxima: Float64Array, rows: Float32Array | Float64Array): void {
  const dim = maxima.length
  for (let i = 0; i < rows.length; i += dim) {
    for (let a = 0; a < dim; a++) {
      const size = Math.abs(rows[i + a])
      if (!(size <= maxima[a])) maxima[a] = size <= Number.MAX_VALUE ? size : Infinity
    }
  }
}
