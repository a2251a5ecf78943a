import { exactDot } from '../arithmetic/expansion.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** Below it whole numbers add up without rounding. */
const WHOLE = 2 ** 52

/** Whether `relations` [count, dim], whole numbers, times each row are exactly 0: sums without rounding. */
export const relationsTask: RowTask<{ readonly relations: Float64Array }, boolean> = {
  kind: 'relations',
  ...TRANSIENT,
  answer(shard, { relations }) {
    const dim = shard.source.cols
    const each = Array.from({ length: relations.length / dim }, (_, r) => {
      const all = relations.subarray(r * dim, (r + 1) * dim)
      const columns = Array.from(all.keys()).filter((a) => all[a] !== 0)
      return { columns, multiples: Float64Array.from(columns, (a) => all[a]) }
    })
    let holds = true
    forEachBlock(shard, (rows, rowCount) => {
      for (let r = 0; holds && r < rowCount; r++)
        holds = each.every(({ columns, multiples }) => isZero(rows, r * dim, columns, multiples))
    })
    return holds
  },
}

function isZero(
  rows: Float32Array | Float64Array,
  start: number,
  columns: readonly number[],
  multiples: Float64Array,
): boolean {
  let [sum, size, areWhole] = [0, 0, true]
  for (let i = 0; i < columns.length; i++) {
    const value = rows[start + columns[i]]
    const product = multiples[i] * value
    areWhole &&= Number.isInteger(value)
    sum += product
    size += Math.abs(product)
  }
  if (areWhole && size < WHOLE) return sum === 0
  const values = Float64Array.from(columns, (a) => rows[start + a])
  return exactDot(multiples, 0, values, 0, columns.length) === 0
}
