import { forEachBlock } from '../matrix/row-blocks.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { nearestCentre } from '../selection/nearest.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

interface OwnersQuestion {
  readonly factor: number
  /** [centres, dim], times `factor`. */
  readonly centres: Float64Array
}

/** The nearest centre [rows] of each key times `factor`, ties to the lower. Keys that are finite: their distances were. */
export const ownersTask: RowTask<OwnersQuestion, Uint32Array> = {
  kind: 'owners',
  ...TRANSIENT,
  answer(shard, { factor, centres }) {
    const { source, range } = shard
    const owners = new Uint32Array(rowsIn(range))
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      scaleEntries(rows, factor)
      for (let r = 0; r < rowCount; r++)
        owners[rowStart - range.rowStart + r] = nearestCentre(rows, r * source.cols, centres, source.cols)
    })
    return owners
  },
}
