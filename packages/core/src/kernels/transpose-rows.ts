import type { Floats } from './softmax-kernels.ts'

/** columns [dim, width] = rows `start` to start + width - 1 of `rows` [any, dim]; four rows at a time, whose places in a column lie together. */
export function transposeRows(
  columns: Float64Array,
  rows: Floats,
  start: number,
  width: number,
  dim: number,
): void {
  const fours = width - (width % 4)
  for (let k = 0; k < fours; k += 4) {
    for (let a = 0, from = (start + k) * dim, to = k; a < dim; a++, from++, to += width) {
      columns[to] = rows[from]
      columns[to + 1] = rows[from + dim]
      columns[to + 2] = rows[from + 2 * dim]
      columns[to + 3] = rows[from + 3 * dim]
    }
  }
  for (let k = fours; k < width; k++)
    for (let a = 0; a < dim; a++) columns[a * width + k] = rows[(start + k) * dim + a]
}
