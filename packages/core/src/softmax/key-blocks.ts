import type { Visibility } from '../attention/visibility.ts'
import { scratchRows, withScratch } from '../kernels/with-scratch.ts'
import { blockRowsOf, forEachBlock, type ShardRows } from '../matrix/row-blocks.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'

type Floats = Float32Array | Float64Array

/** Keys [count, dim] from row `rowStart` on, in the memory of the shard's kernels; hidden ones are zeros. */
export interface KeyBlock {
  readonly rowStart: number
  readonly count: number
  /** As they are read. */
  readonly rows: Floats
  /** Times the scaling, in float32. */
  readonly f32: Float32Array
  /** Times the scaling. */
  readonly scaled: Floats
  /** [count], 0 = hidden; absent where none is. */
  readonly mask?: Uint8Array | undefined
}

/** The rows of the shard that take part: those of `keyRows`. */
export function partOfShard(shard: ShardRows, { keyRows }: Visibility): ShardRows {
  if (keyRows === undefined) return shard
  const rowStart = Math.max(shard.range.rowStart, keyRows.rowStart)
  return {
    ...shard,
    range: { rowStart, rowEnd: Math.max(rowStart, Math.min(shard.range.rowEnd, keyRows.rowEnd)) },
  }
}

/** The keys of `shard` that take part, block by block; `scaling` is a power of two. */
export function forEachKeyBlock(
  shard: ShardRows,
  visibility: Visibility,
  scaling: number,
  visit: (block: KeyBlock) => void,
): void {
  const part = partOfShard(shard, visibility)
  const { source, range, kernels } = part
  const { cols: dim, element } = source
  const blockRows = Math.min(blockRowsOf(source), Math.max(1, rowsIn(range)))
  const asRead = element === 'f32' && scaling === 1
  withScratch(kernels, () => {
    const f32 = asRead ? undefined : kernels.f32(blockRows * dim)
    const scaled = scaling === 1 ? undefined : scratchRows(kernels, element, blockRows * dim)
    const hidden = visibility.keyMask && kernels.u8(blockRows)
    forEachBlock(part, (rows, count, rowStart) => {
      const mask = hidden && hideRows(hidden, visibility, rows, rowStart, count)
      const large = scaled ? scale(scaled.subarray(0, rows.length), rows, scaling) : rows
      const small = f32 ? scale(f32.subarray(0, rows.length), rows, scaling) : rows
      visit({ rowStart, count, rows, f32: small as Float32Array, scaled: large, mask })
    })
  })
}

function scale(into: Floats, rows: Floats, scaling: number): Floats {
  for (let i = 0; i < rows.length; i++) into[i] = rows[i] * scaling
  return into
}

/** Zeros in the rows that nobody sees: what stands there, NaN too, is nobody's. Undefined where none is hidden. */
function hideRows(
  mask: Uint8Array,
  { keyMask }: Visibility,
  rows: Floats,
  rowStart: number,
  count: number,
): Uint8Array | undefined {
  const dim = rows.length / count
  const own = mask.subarray(0, count)
  let isAny = false
  for (let r = 0; r < count; r++) {
    own[r] = keyMask?.[rowStart + r] === 0 ? 0 : 1
    if (own[r] === 1) continue
    isAny = true
    rows.fill(0, r * dim, (r + 1) * dim)
  }
  return isAny ? own : undefined
}

/** Of `range` within the block: [from, to), counted from its first row. */
export function withinBlock({ rowStart, rowEnd }: RowRange, block: KeyBlock): [from: number, to: number] {
  const clip = (row: number) => Math.min(Math.max(row - block.rowStart, 0), block.count)
  return [clip(rowStart), clip(rowEnd)]
}
