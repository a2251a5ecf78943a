import { firstNonFinite, throwNonFinite } from '../matrix/non-finite.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { squaredDistances } from '../selection/nearest.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

interface DistancesQuestion {
  readonly factor: number
  /** [dim], times `factor`. */
  readonly centre: Float64Array
}

/** |k - centre|² [rows] of keys times `factor`. */
export const distancesTask: RowTask<DistancesQuestion, Float64Array> = {
  kind: 'distances',
  ...TRANSIENT,
  answer(shard, { factor, centre }) {
    const { source, range } = shard
    const distances = new Float64Array(rowsIn(range))
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      scaleEntries(rows, factor)
      const part = distances.subarray(rowStart - range.rowStart, rowStart - range.rowStart + rowCount)
      squaredDistances(part, rows, rowCount, centre, source.cols)
      if (firstNonFinite(part) >= 0) throwNonFinite(source, rowStart, rowCount)
    })
    return distances
  },
}
