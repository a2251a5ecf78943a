import { CHUNK_ROWS } from '../../kernels/kernels.ts'

const FEWEST_ROWS = 16
/** Rows of a searched block: each query meets those of its own one by one. */
export const MOST_ROWS = 512
/** Of the rows before a block whose keys are only chosen, so many parts are as long as it. */
const PARTS_BEFORE = 8

/** The least number of rows of a block. */
export function fewestRows(dim: number): number {
  return Math.max(FEWEST_ROWS, 2 * dim)
}

/** Rows of a block whose keys are only chosen: they miss at most a ninth of the rows before theirs. */
export function mostChosen(rowStart: number): number {
  return Math.max(MOST_ROWS, Math.min(CHUNK_ROWS, Math.floor(rowStart / PARTS_BEFORE)))
}

/** How long the blocks are by which keys are chosen, in words; without `dim` by its letter. */
export function chosenBlocksText(dim?: number): string {
  const fewest = dim === undefined ? `2d (${FEWEST_ROWS} at least)` : grouped(fewestRows(dim))
  const least = dim === undefined ? MOST_ROWS : Math.max(MOST_ROWS, fewestRows(dim))
  const doubling = dim === undefined || fewestRows(dim) < MOST_ROWS ? `, doubling up to ${MOST_ROWS}` : ''
  const later =
    least < CHUNK_ROWS
      ? `, then an eighth of the rows before where that is more, ${grouped(CHUNK_ROWS)} at most`
      : ''
  return `${fewest} rows${doubling}${later}`
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
