type Rows = Float32Array | Float64Array

/** See Kernels.rowNorms. */
export function rowNorms(out: Rows, rows: Rows, scales: Rows, rowCount: number, dim: number): void {
  const round = rows instanceof Float32Array ? Math.fround : (value: number) => value
  for (let r = 0; r < rowCount; r++) {
    let sum = 0
    for (let a = 0; a < dim; a++) {
      const x = round(rows[r * dim + a] * scales[a])
      sum = round(sum + round(x * x))
    }
    out[r] = sum
  }
}

/** See Kernels.atLeast. */
export function atLeast(hits: Uint32Array, values: Rows, threshold: number, count: number): number {
  const limit = values instanceof Float32Array ? Math.fround(threshold) : threshold
  let found = 0
  for (let i = 0; i < count; i++) if (!(values[i] < limit)) hits[found++] = i
  return found
}

/** See Kernels.rowMaxima. */
export function rowMaxima(out: Float64Array, rows: Rows, rowCount: number, dim: number): void {
  for (let r = 0; r < rowCount; r++) {
    let largest = 0
    for (let a = 0; a < dim; a++) largest = Math.max(largest, Math.abs(rows[r * dim + a]))
    out[r] = largest
  }
}

/** See Kernels.scaleRows. */
export function scaleRows(out: Rows, rows: Rows, factors: Float64Array, rowCount: number, dim: number): void {
  for (let r = 0; r < rowCount; r++) {
    for (let i = r * dim; i < (r + 1) * dim; i++) out[i] = rows[i] * factors[r]
  }
}

/** See Kernels.rowDots. */
export function rowDots(
  out: Float64Array,
  left: Float64Array,
  right: Float64Array,
  rowCount: number,
  dim: number,
): void {
  for (let r = 0; r < rowCount; r++) {
    let sum = 0
    for (let i = r * dim; i < (r + 1) * dim; i++) sum += left[i] * right[i]
    out[r] = sum
  }
}

/** See Kernels.moveSum. */
export function moveSum(into: Float64Array, from: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) into[i] += from[i]
  from.fill(0, 0, length)
}
