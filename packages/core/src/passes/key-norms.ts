import { roundedSquare } from '../arithmetic/rounded-square.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** <k, k> [rows] of keys times `factor`, rounded once: keys of one length are equal whatever the order of their entries. */
export const keyNormsTask: RowTask<{ readonly factor: number }, Float64Array> = {
  kind: 'keyNorms',
  ...TRANSIENT,
  answer(shard, { factor }) {
    const { source, range } = shard
    const dim = source.cols
    const norms = new Float64Array(rowsIn(range))
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      scaleEntries(rows, factor)
      for (let r = 0; r < rowCount; r++) {
        const norm = roundedSquare(rows, r * dim, dim)
        if (!Number.isFinite(norm)) throwNonFinite(source, rowStart, rowCount)
        norms[rowStart - range.rowStart + r] = norm
      }
    })
    return norms
  },
}
