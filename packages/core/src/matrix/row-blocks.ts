import { CHUNK_ROWS, type Kernels, PANEL_ROWS } from '../kernels/kernels.ts'
import { scratchRows, withScratch } from '../kernels/with-scratch.ts'
import { type RowRange, rowsIn } from './row-ranges.ts'
import { type MatrixSource, rowBytes } from './matrix-source.ts'
import type { TaskSource } from './task-source.ts'

const BLOCK_BYTES = 4 * 2 ** 20

/** Rows of one read: at most a chunk, at most 4 MiB, a multiple of PANEL_ROWS (but one panel where rows are that long). */
export function blockRowsOf(source: Pick<MatrixSource, 'cols' | 'element'>): number {
  const panels = Math.floor(BLOCK_BYTES / (rowBytes(source) * PANEL_ROWS))
  return PANEL_ROWS * Math.max(1, Math.min(panels, CHUNK_ROWS / PANEL_ROWS))
}

/** Rows [range) of `source`, as a worker reads them into the memory of its `kernels`: what a pass sums up. */
export interface ShardRows {
  readonly source: MatrixSource
  readonly range: RowRange
  readonly kernels: Kernels
  /** Opens what a question names beside the rows: queries, values. Default: `reopenMatrix`, anew each time. */
  readonly open?: ((source: TaskSource) => MatrixSource) | undefined
  /** Memory for an answer that is copied before the next task, and may be overwritten by that: [length], of any content. */
  readonly answerMemory?: ((length: number) => Float64Array) | undefined
}

/** What a visitor gets: rows [rowCount, cols] in the kernels' memory, which it may overwrite, from `rowStart` on. */
type BlockVisitor = (rows: Float32Array | Float64Array, rowCount: number, rowStart: number) => void

/**
 * Reads rows [range) block by block into the kernels' own memory; every block but the last has blockRowsOf rows, or so many whole
 * chunks as `chunks` says.
 */
export function forEachBlock({ source, range, kernels }: ShardRows, visit: BlockVisitor, chunks = 1): void {
  const usual = blockRowsOf(source)
  const blockRows = Math.min(usual === CHUNK_ROWS ? chunks * usual : usual, Math.max(1, rowsIn(range)))
  const length = blockRows * source.cols
  withScratch(kernels, () => {
    const block = scratchRows(kernels, source.element, length)
    for (let row = range.rowStart; row < range.rowEnd; row += blockRows) {
      const count = Math.min(blockRows, range.rowEnd - row)
      const rows = block.subarray(0, count * source.cols)
      source.readRows(row, row + count, rows)
      visit(rows, count, row)
    }
  })
}
