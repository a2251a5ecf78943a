import { throwNonFinite } from '../matrix/non-finite.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { squaredDistance } from '../selection/nearest.ts'
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
    const dim = source.cols
    const distances = new Float64Array(rowsIn(range))
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      scaleEntries(rows, factor)
      for (let r = 0; r < rowCount; r++) {
        const distance = squaredDistance(rows, r * dim, centre, 0, dim)
        if (!Number.isFinite(distance)) throwNonFinite(source, rowStart, rowCount)
        distances[rowStart - range.rowStart + r] = distance
      }
    })
    return distances
  },
}
