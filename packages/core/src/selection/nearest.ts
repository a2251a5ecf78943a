/** Terms after which a sum of squares is held against the smallest so far. */
const STRIDE = 8

type Floats = Float32Array | Float64Array

/** |x - y|² of rows [dim] at these offsets: squares added from 0, columns ascending. */
export function squaredDistance(x: Floats, xStart: number, y: Floats, yStart: number, dim: number): number {
  let sum = 0
  for (let a = 0; a < dim; a++) {
    const gap = x[xStart + a] - y[yStart + a]
    sum += gap * gap
  }
  return sum
}

/**
 * The nearest of `centres` [count, dim] to the row at `at`, ties to the lower. A sum of squares never falls, so one that is above
 * the smallest distance so far needs no more terms.
 */
export function nearestCentre(rows: Floats, at: number, centres: Float64Array, dim: number): number {
  let nearest = 0
  let least = Infinity
  for (let start = 0, c = 0; start < centres.length; start += dim, c++) {
    let sum = 0
    for (let a = 0; a < dim && sum <= least;) {
      const end = Math.min(dim, a + STRIDE)
      for (; a < end; a++) {
        const gap = rows[at + a] - centres[start + a]
        sum += gap * gap
      }
    }
    if (sum < least) {
      least = sum
      nearest = c
    }
  }
  return nearest
}
