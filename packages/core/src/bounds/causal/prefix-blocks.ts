import type { ShardRows } from '../../matrix/row-blocks.ts'
import type { Kernels } from '../../kernels/kernels.ts'
import { withScratch } from '../../kernels/with-scratch.ts'
import { throwNonFinite } from '../../matrix/non-finite.ts'
import { Candidates } from '../../sums/candidates.ts'
import { GramAccumulator } from '../../sums/gram-accumulator.ts'
import type { GramSum } from '../../sums/gram-sum.ts'
import { fewestRows, MOST_ROWS, mostChosen } from './block-rows.ts'
import { dropByEarlier, type PrefixKept } from './prefix-drop.ts'
import { newRows } from '../../matrix/matrix-source.ts'

/** Consecutive rows with the sums of all rows before them and of these as well. */
export interface PrefixBlock {
  readonly rowStart: number
  readonly rowCount: number
  readonly rows: Float32Array | Float64Array // [rowCount, dim], as they were read
  readonly before: GramSum
  readonly after: GramSum
}

/**
 * The end of the block that begins at row `rowStart`: blocks double with the rows before them, from 2d up to `mostRows` or
 * 2d, so that a block's rows know at least half of the rows before theirs. A function of the row and d alone.
 */
function prefixBlockEnd(rowStart: number, rowEnd: number, dim: number, mostRows = MOST_ROWS): number {
  const rowCount = Math.max(fewestRows(dim), Math.min(rowStart, mostRows))
  return Math.min(rowEnd, rowStart + rowCount)
}

/** The blocks of rows [range), `prefix` being the sum of all rows before it. Throws Content at a NaN or infinity. */
export function* prefixBlocks(
  { source, range, kernels }: ShardRows,
  prefix: GramSum,
  mostRows: (rowStart: number) => number = () => MOST_ROWS,
): Generator<PrefixBlock> {
  const dim = source.cols
  let before = prefix
  for (let { rowStart } = range; rowStart < range.rowEnd;) {
    const rowEnd = prefixBlockEnd(rowStart, range.rowEnd, dim, mostRows(rowStart))
    const rowCount = rowEnd - rowStart
    const rows = newRows(source.element, rowCount * dim)
    source.readRows(rowStart, rowEnd, rows)
    const own = gramOfBlock(kernels, rows, rowCount, dim)
    if (own === undefined) throwNonFinite(source, rowStart, rowCount)
    const after = before.clone().merge(own)
    yield { rowStart, rowCount, rows, before, after }
    before = after
    rowStart = rowEnd
  }
}

/** The keys of rows [range) that no earlier row excludes, and the largest ridge by which one was. */
export function selectByEarlier(shard: ShardRows, prefix: GramSum, epsilon: number, p: number): PrefixKept {
  const { source, kernels } = shard
  const kept = new Candidates(source.cols, source.element)
  let ridge = 0
  for (const block of prefixBlocks(shard, prefix, mostChosen)) {
    const found = dropByEarlier(kernels, block.before, candidatesOf(block, source.cols), epsilon, p)
    for (let slot = 0; slot < found.kept.count; slot++)
      kept.push(found.kept.rowIds[slot], found.kept.bounds[slot], found.kept.keyAt(slot))
    ridge = Math.max(ridge, found.ridge)
  }
  return { kept, ridge }
}

function candidatesOf({ rows, rowCount, rowStart }: PrefixBlock, dim: number): Candidates {
  const rowIds = Float64Array.from({ length: rowCount }, (_, r) => rowStart + r)
  return Candidates.of(dim, rowIds, new Float64Array(rowCount).fill(1), rows)
}

function gramOfBlock(
  kernels: Kernels,
  rows: Float32Array | Float64Array,
  rowCount: number,
  dim: number,
): GramSum | undefined {
  return withScratch(kernels, () => {
    const copy = rows instanceof Float64Array ? kernels.f64(rows.length) : kernels.f32(rows.length)
    copy.set(rows)
    const accumulator = new GramAccumulator(kernels, dim)
    return accumulator.add(copy, rowCount) ? accumulator.finish() : undefined
  })
}
