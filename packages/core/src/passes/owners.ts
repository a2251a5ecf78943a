import { withScratch } from '../kernels/with-scratch.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { NearestCentre } from '../selection/nearest.ts'
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
    const { source, range, kernels } = shard
    const owners = new Uint32Array(rowsIn(range))
    withScratch(kernels, () => {
      const nearest = new NearestCentre(kernels, centres, source.cols)
      forEachBlock(shard, (rows, rowCount, rowStart) => {
        scaleEntries(rows, factor)
        nearest.find(owners.subarray(rowStart - range.rowStart), rows, rowCount)
      })
    })
    return owners
  },
}
