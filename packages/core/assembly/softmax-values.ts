import { LOGIT_ROW } from './softmax-row'

// Weights of a step, 4 queries [4][256] f32, times the values of its keys.

/** Keys whose products are added up in float32, from key 0 of a block. */
const GROUP: usize = 64
/** Bytes of a panel of values: 256 keys [8] f32. */
const PANEL: usize = 8192

/** values [keyCount, valueDim] to panels [256][8] f32, zeros where a column is missing. */
export function packValues(values: usize, panels: usize, keyCount: usize, valueDim: usize): void {
  for (let c: usize = 0; c < valueDim; c += 8) {
    const columns = min<usize>(8, valueDim - c)
    for (let k: usize = 0; k < keyCount; k++) {
      const source = values + ((k * valueDim + c) << 2)
      const target = panels + (k << 5)
      if (columns == 8) {
        v128.store(target, v128.load(source))
        v128.store(target, v128.load(source, 16), 16)
      } else {
        memory.fill(target, 0, 32)
        memory.copy(target, source, columns << 2)
      }
    }
    // A tile of keys that begins in the block ends in it: its weights are 0, and 0 times what lies there may be NaN.
    if (keyCount & 7) memory.fill(panels + (keyCount << 5), 0, (8 - (keyCount & 7)) << 5)
    panels += PANEL
  }
}

/** sums [4, valueDim] += weights · values over keys from .. to - 1, in groups of 64; only of the queries whose bit is in `seeing`. */
export function addValues(
  weights: usize, from: usize, to: usize, panels: usize, valueDim: usize, sums: usize, seeing: u32,
): void {
  const width = (valueDim + 7) & ~7
  const parts = panels + width * LOGIT_ROW
  for (let k = from; k < to; ) {
    const end = min((k & ~(GROUP - 1)) + GROUP, to)
    for (let c: usize = 0; c < valueDim; c += 8) {
      valueTile(parts + (c << 2), width << 2, weights + (k << 2), panels + c * LOGIT_ROW + (k << 5), end - k)
    }
    for (let t: usize = 0; t < 4; t++) {
      if (seeing & (1 << <u32>t)) addRow(sums + ((t * valueDim) << 3), parts + ((t * width) << 2), valueDim)
    }
    k = end
  }
}

function addRow(sums: usize, part: usize, valueDim: usize): void {
  const pairs = valueDim & ~1
  for (let c: usize = 0; c < pairs; c += 2) {
    const two = f64x2.promote_low_f32x4(v128.load64_zero(part + (c << 2)))
    v128.store(sums + (c << 3), f64x2.add(v128.load(sums + (c << 3)), two))
  }
  if (pairs < valueDim) {
    const at = sums + (pairs << 3)
    store<f64>(at, load<f64>(at) + <f64>load<f32>(part + (pairs << 2)))
  }
}

/** out [4][8] f32 = Σ_k weights[t][k] values[k][c], from 0 in the order of the keys. */
function valueTile(out: usize, outStride: usize, weights: usize, values: usize, keyCount: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0)
  const end = weights + (keyCount << 2)
  while (weights < end) {
    const b0 = v128.load(values)
    const b1 = v128.load(values, 16)
    let a = v128.load32_splat(weights)
    c00 = f32x4.add(c00, f32x4.mul(a, b0))
    c01 = f32x4.add(c01, f32x4.mul(a, b1))
    a = v128.load32_splat(weights, LOGIT_ROW)
    c10 = f32x4.add(c10, f32x4.mul(a, b0))
    c11 = f32x4.add(c11, f32x4.mul(a, b1))
    a = v128.load32_splat(weights, 2 * LOGIT_ROW)
    c20 = f32x4.add(c20, f32x4.mul(a, b0))
    c21 = f32x4.add(c21, f32x4.mul(a, b1))
    a = v128.load32_splat(weights, 3 * LOGIT_ROW)
    c30 = f32x4.add(c30, f32x4.mul(a, b0))
    c31 = f32x4.add(c31, f32x4.mul(a, b1))
    weights += 4
    values += 32
  }
  v128.store(out, c00)
  v128.store(out, c01, 16)
  out += outStride
  v128.store(out, c10)
  v128.store(out, c11, 16)
  out += outStride
  v128.store(out, c20)
  v128.store(out, c21, 16)
  out += outStride
  v128.store(out, c30)
  v128.store(out, c31, 16)
}
