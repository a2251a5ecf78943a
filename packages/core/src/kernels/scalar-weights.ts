import { exp2Float64 } from './exp2-float64.ts'

/** See Kernels.rowTops. */
export function rowTops(out: Float64Array, rows: Float64Array, rowCount: number, dim: number): void {
  for (let r = 0; r < rowCount; r++) {
    let top = -Infinity
    for (let i = r * dim; i < (r + 1) * dim; i++) if (top < rows[i]) top = rows[i]
    out[r] = top
  }
}

/** See Kernels.exp2Sums. */
export function exp2Sums(
  out: Float64Array,
  rows: Float64Array,
  shifts: Float64Array,
  rowCount: number,
  dim: number,
  weights?: Float64Array,
): void {
  const powers = new Float64Array(Math.ceil(dim / 8) * 8)
  for (let r = 0; r < rowCount; r++) {
    for (let k = 0, at = r * dim; k < dim; k++, at++) powers[k] = exp2Float64(rows[at] - shifts[r])
    weights?.set(powers.subarray(0, dim), r * dim)
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let k = 0; k < dim; k += 8) {
      s0 += powers[k] + powers[k + 4]
      s1 += powers[k + 1] + powers[k + 5]
      s2 += powers[k + 2] + powers[k + 6]
      s3 += powers[k + 3] + powers[k + 7]
    }
    out[r] = s0 + s1 + s2 + s3
  }
}
