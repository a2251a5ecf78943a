import { gamma } from '../arithmetic/numeric.ts'
import type { Kernels } from '../kernels/kernels.ts'

type Floats = Float32Array | Float64Array

/** Rows whose dots with all centres are held at once. */
const ROWS = 256

/** |x - y|² of rows [dim] at these offsets: squares added from 0, columns ascending. */
function squaredDistance(x: Floats, xStart: number, y: Floats, yStart: number, dim: number): number {
  let sum = 0
  for (let a = 0; a < dim; a++) {
    const gap = x[xStart + a] - y[yStart + a]
    sum += gap * gap
  }
  return sum
}

/** out [rowCount] = |x - y|² of rows [rowCount, dim] and one y [dim], as `squaredDistance`: four at a time, whose sums hide each other's latency. */
export function squaredDistances(
  out: Float64Array,
  rows: Floats,
  rowCount: number,
  y: Floats,
  dim: number,
): void {
  const fours = rowCount - (rowCount % 4)
  for (let r = 0, at = 0; r < fours; r += 4, at += 4 * dim) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let a = 0; a < dim; a++) {
      const g0 = rows[at + a] - y[a]
      const g1 = rows[at + dim + a] - y[a]
      const g2 = rows[at + 2 * dim + a] - y[a]
      const g3 = rows[at + 3 * dim + a] - y[a]
      s0 += g0 * g0
      s1 += g1 * g1
      s2 += g2 * g2
      s3 += g3 * g3
    }
    out[r] = s0
    out[r + 1] = s1
    out[r + 2] = s2
    out[r + 3] = s3
  }
  for (let r = fours; r < rowCount; r++) out[r] = squaredDistance(rows, r * dim, y, 0, dim)
}

/**
 * Finds the nearest of centres [count, dim] by `squaredDistance`, ties to the lower. Dots tell which can be it: |x - c|² is
 * |x|² + |c|² - 2 <x, c>, and a centre is tried where that is within what both ways of computing it can be off by of the least.
 */
export class NearestCentre {
  readonly #kernels: Kernels
  readonly #centres: Float64Array
  readonly #dim: number
  readonly #count: number
  readonly #columns: Float64Array // [dim, count] in the kernels' memory
  readonly #dots: Float64Array // [ROWS, count] in the kernels' memory
  readonly #squares: Float64Array
  readonly #length: number

  /** Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, centres: Float64Array, dim: number) {
    const count = centres.length / dim
    this.#kernels = kernels
    this.#centres = centres
    this.#dim = dim
    this.#count = count
    this.#columns = kernels.f64(dim * count)
    this.#dots = kernels.f64(ROWS * count)
    this.#squares = Float64Array.from({ length: count }, (_, c) => squareOf(centres, c * dim, dim))
    this.#length = Math.sqrt(this.#squares.reduce((most, square) => Math.max(most, square), 0))
    centres.forEach((x, i) => (this.#columns[(i % dim) * count + Math.floor(i / dim)] = x))
  }

  /** owners [rowCount] of rows [rowCount, dim] in the kernels' memory. */
  find(owners: Uint32Array, rows: Floats, rowCount: number): void {
    const [dim, count] = [this.#dim, this.#count]
    for (let start = 0; start < rowCount; start += ROWS) {
      const some = Math.min(ROWS, rowCount - start)
      const part = rows.subarray(start * dim, (start + some) * dim)
      this.#kernels.multiply(this.#dots, part, this.#columns, some, dim, count)
      for (let r = 0; r < some; r++) owners[start + r] = this.#nearest(part, r)
    }
  }

  #nearest(rows: Floats, r: number): number {
    const [dim, count, dots, squares] = [this.#dim, this.#count, this.#dots, this.#squares]
    const first = r * count
    let least = Infinity
    for (let c = 0; c < count; c++) least = Math.min(least, squares[c] - 2 * dots[first + c])
    // Of each of two centres: dots, squares and their sum by (d + 3) u (|x| + |c|)², and a direct distance by as much.
    const reach = Math.sqrt(squareOf(rows, r * dim, dim)) + this.#length
    const limit = least + 8 * gamma(dim + 8) * reach * reach
    let nearest = -1
    let distance = Infinity
    for (let c = 0; c < count; c++) {
      if (!(squares[c] - 2 * dots[first + c] <= limit)) continue
      if (nearest < 0) {
        nearest = c
        continue
      }
      if (distance === Infinity) distance = this.#distance(rows, r, nearest)
      const other = this.#distance(rows, r, c)
      if (other < distance) {
        nearest = c
        distance = other
      }
    }
    return nearest
  }

  #distance(rows: Floats, r: number, c: number): number {
    return squaredDistance(rows, r * this.#dim, this.#centres, c * this.#dim, this.#dim)
  }
}

function squareOf(x: Floats, start: number, dim: number): number {
  let sum = 0
  for (let i = start; i < start + dim; i++) sum += x[i] * x[i]
  return sum
}
