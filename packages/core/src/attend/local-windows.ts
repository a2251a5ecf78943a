import type { RowRange } from '../matrix/row-ranges.ts'
import type { LocalKeys, TokenGrid } from './attend-terms.ts'

/** The local keys of a position, in one run of rows; may reach beyond the keys, and be empty. */
export type LocalWindow = (position: number) => RowRange

const NONE: RowRange = { rowStart: 0, rowEnd: 0 }

/** Windows that do not overlap, and together hold the local keys: one of a line, one for each row of a grid that is near enough. */
export function windowsOf({ radius, grid }: LocalKeys, causal: boolean): readonly LocalWindow[] {
  if (grid) return gridWindows(radius, grid)
  return [
    (position) => ({ rowStart: position - radius, rowEnd: causal ? position + 1 : position + radius + 1 }),
  ]
}

function gridWindows(radius: number, grid: TokenGrid): LocalWindow[] {
  const { height, width, prefixTokens = 0 } = grid
  const most = Math.min(radius, height - 1)
  return Array.from({ length: 2 * most + 1 }, (_, i) => {
    const down = i - most
    const reach = radius - Math.abs(down)
    return (position) => {
      const cell = position - prefixTokens
      if (cell < 0 || cell >= height * width) return NONE
      const row = Math.floor(cell / width) + down
      if (row < 0 || row >= height) return NONE
      const column = cell % width
      const start = prefixTokens + row * width
      return {
        rowStart: start + Math.max(0, column - reach),
        rowEnd: start + Math.min(width, column + reach + 1),
      }
    }
  })
}
