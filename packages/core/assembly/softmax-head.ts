import { meansOf, outputsOf, scaleDoubles, scaleSingles } from './head-loops'
import { softmax_scratch, softmax_values } from './softmax'
import { gradient_scratch, softmax_gradient } from './softmax-gradient'

// A head of self-attention over some of its keys, forward and back, bit for bit as scalar-heads.ts.

/** Bytes that a matrix of `count` numbers of `size` bytes takes, to a multiple of 16. */
function bytes(count: usize, size: usize): usize {
  return (count * size + 15) & ~15
}

/** Scratch: keys and values side by side, what softmax_values takes. */
export function head_scratch(rows: usize, keyCount: usize, dim: usize, valueDim: usize): f64 {
  return <f64>bytes(keyCount * (dim + valueDim), 4) + softmax_scratch(rows, dim, valueDim)
}

/** Kernels.softmaxHead. `ids` is 0 for all keys. */
export function softmax_head(
  output: usize, octaves: usize, shifts: usize, totals: usize, sums: usize,
  queries: usize, keys: usize, values: usize, ids: usize, rows: usize, keyCount: usize, dim: usize, valueDim: usize,
  factor: f64, scratch: usize,
): void {
  const keptKeys = scratch
  const keptValues = keptKeys + ((keyCount * dim) << 2)
  const rest = scratch + bytes(keyCount * (dim + valueDim), 4)
  scaleSingles(octaves, queries, rows * dim, factor)
  for (let q: usize = 0; q < rows; q++) store<f64>(shifts + (q << 3), -Infinity)
  memory.fill(totals, 0, rows << 3)
  memory.fill(sums, 0, (rows * valueDim) << 3)
  if (ids) {
    gather(keptKeys, keys, ids, keyCount, dim)
    gather(keptValues, values, ids, keyCount, valueDim)
  }
  softmax_values(
    sums, shifts, totals, octaves, rows, ids ? keptKeys : keys, keyCount, dim, ids ? keptValues : values, valueDim,
    0, 0, 0, rest,
  )
  outputsOf(output, sums, totals, rows, valueDim)
}

/** Scratch: the same of softmax_gradient, means, and sums of queries, keys and values. */
export function head_gradient_scratch(rows: usize, keyCount: usize, dim: usize, valueDim: usize): f64 {
  const doubles = (rows + keyCount) * dim + keyCount * valueDim + rows
  return <f64>bytes(keyCount * (dim + valueDim), 4) + <f64>bytes(doubles, 8) + gradient_scratch(rows, dim, valueDim)
}

/** Kernels.softmaxHeadGradient. `ids` is 0 for all keys. */
export function softmax_head_gradient(
  dQueries: usize, dKeys: usize, dValues: usize, dOutput: usize,
  octaves: usize, shifts: usize, totals: usize, outputs: usize,
  keys: usize, values: usize, ids: usize, rows: usize, keyCount: usize, dim: usize, valueDim: usize,
  scale: f64, inverse: f64, scratch: usize,
): void {
  const keptKeys = scratch
  const keptValues = keptKeys + ((keyCount * dim) << 2)
  const querySums = scratch + bytes(keyCount * (dim + valueDim), 4)
  const keySums = querySums + ((rows * dim) << 3)
  const valueSums = keySums + ((keyCount * dim) << 3)
  const means = valueSums + ((keyCount * valueDim) << 3)
  const doubles = (rows + keyCount) * dim + keyCount * valueDim + rows
  const rest = querySums + bytes(doubles, 8)
  memory.fill(querySums, 0, means - querySums)
  meansOf(means, dOutput, outputs, rows, valueDim)
  if (ids) {
    gather(keptKeys, keys, ids, keyCount, dim)
    gather(keptValues, values, ids, keyCount, valueDim)
  }
  softmax_gradient(
    querySums, keySums, valueSums, shifts, totals, means, dOutput, octaves, rows, ids ? keptKeys : keys, keyCount, dim,
    ids ? keptValues : values, valueDim, 0, 0, 0, rest,
  )
  scaleDoubles(dQueries, querySums, rows * dim, scale)
  scatter(dKeys, keySums, ids, rows, keyCount, dim, inverse)
  scatter(dValues, valueSums, ids, rows, keyCount, valueDim, 1)
}

function gather(out: usize, from: usize, ids: usize, count: usize, width: usize): void {
  const rowBytes = width << 2
  for (let k: usize = 0; k < count; k++) {
    memory.copy(out + k * rowBytes, from + <usize>load<u32>(ids + (k << 2)) * rowBytes, rowBytes)
  }
}

/** out [rows, width] = factor sums in the rows `ids`, 0 in others. */
function scatter(out: usize, sums: usize, ids: usize, rows: usize, count: usize, width: usize, factor: f64): void {
  if (ids == 0) {
    scaleDoubles(out, sums, count * width, factor)
    return
  }
  memory.fill(out, 0, (rows * width) << 2)
  for (let k: usize = 0; k < count; k++) {
    const row: usize = load<u32>(ids + (k << 2))
    scaleDoubles(out + ((row * width) << 2), sums + ((k * width) << 3), width, factor)
  }
}
