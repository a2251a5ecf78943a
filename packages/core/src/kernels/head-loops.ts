import type { Floats } from './softmax-kernels.ts'

// What is made of every number of a head, where calls of a kernel would take as long.

/** The first `count` of out = factor · from, in float64, then rounded. */
export function scaleInto(out: Float32Array, from: Floats, factor: number, count: number): void {
  for (let i = 0; i < count; i++) out[i] = factor * from[i]
}

/** output and sums [rows, dv] = sums / totals, 0 where a total is. */
export function finishHead(
  output: Float32Array,
  sums: Float64Array,
  totals: Float64Array,
  rows: number,
  dv: number,
): void {
  for (let q = 0, i = 0; q < rows; q++) {
    const total = totals[q]
    for (const end = i + dv; i < end; i++) output[i] = sums[i] = total === 0 ? 0 : sums[i] / total
  }
}

/** means [rows] = <dOutput, output> of each row [dv], the columns ascending. Four rows at a time, whose sums hide each other's latency. */
export function meansOf(means: Float64Array, dOutput: Float32Array, output: Float64Array, dv: number): void {
  const fours = means.length - (means.length % 4)
  for (let q = 0; q < fours; q += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let c = 0, i = q * dv; c < dv; c++, i++) {
      s0 += dOutput[i] * output[i]
      s1 += dOutput[i + dv] * output[i + dv]
      s2 += dOutput[i + 2 * dv] * output[i + 2 * dv]
      s3 += dOutput[i + 3 * dv] * output[i + 3 * dv]
    }
    means[q] = s0
    means[q + 1] = s1
    means[q + 2] = s2
    means[q + 3] = s3
  }
  for (let q = fours; q < means.length; q++) {
    let sum = 0
    for (let i = q * dv; i < (q + 1) * dv; i++) sum += dOutput[i] * output[i]
    means[q] = sum
  }
}

/** into [., width] += factor · sums [count, width], at rows ids, or from row `first` on. */
export function addRows(
  into: Floats,
  sums: Float64Array,
  count: number,
  width: number,
  factor: number,
  ids: ArrayLike<number> | undefined,
  first: number,
): void {
  for (let k = 0, i = 0; k < count; k++) {
    let to = (ids ? ids[k] : first + k) * width
    for (const end = i + width; i < end; i++, to++) into[to] += factor * sums[i]
  }
}

const ZEROS = new Float64Array(8192)

/** The first `length` become 0: copied, twice as fast in shared memory as `fill`. */
export function clear(values: Float64Array, length = values.length): void {
  for (let at = 0; at < length; at += ZEROS.length)
    values.set(ZEROS.subarray(0, Math.min(ZEROS.length, length - at)), at)
}

/** out [count, width] = rows `ids` of `from`. */
export function gatherRows(
  out: Float32Array,
  from: Float32Array,
  ids: ArrayLike<number>,
  count: number,
  width: number,
): void {
  for (let k = 0, i = 0; k < count; k++) {
    let at = ids[k] * width
    for (const end = i + width; i < end; i++, at++) out[i] = from[at]
  }
}

/** NaN where one is. */
export function largestOf(values: Floats): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] <= largest)) largest = values[i]
    if (largest !== largest) return NaN
  }
  return largest
}
