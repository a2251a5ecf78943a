import { forEachBlock } from '../matrix/row-blocks.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** Of a key that is in no cluster. */
export const NO_OWNER = 2 ** 32 - 1

interface ClusterQuestion {
  readonly factor: number
  /** Of every row of the matrix; NO_OWNER: none. */
  readonly owners: Uint32Array
  readonly count: number
}

export interface ClusterSums {
  /** [count, dim] */
  readonly sums: Float64Array
  readonly counts: Float64Array
}

/** Σ of the keys times `factor` of each cluster, in row order: asked of all rows at once, since no cut of them gives the same bits. */
export const clusterSumsTask: RowTask<ClusterQuestion, ClusterSums> = {
  kind: 'clusterSums',
  ...TRANSIENT,
  answer(shard, { factor, owners, count }) {
    const dim = shard.source.cols
    const sums = new Float64Array(count * dim)
    const counts = new Float64Array(count)
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      scaleEntries(rows, factor)
      for (let r = 0; r < rowCount; r++) {
        const owner = owners[rowStart + r]
        if (owner === NO_OWNER) continue
        counts[owner]++
        for (let a = 0; a < dim; a++) sums[owner * dim + a] += rows[r * dim + a]
      }
    })
    return { sums, counts }
  },
}
