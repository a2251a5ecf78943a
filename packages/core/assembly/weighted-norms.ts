import { highF32, highF64, lowF32, lowF64, promoteHigh } from './lanes'

/** Kernels.weightedNorms. */
export function weighted_norms_f32(out: usize, rows: usize, weights: usize, rowCount: usize, dim: usize): void {
  weightedNorms<f32>(out, rows, weights, rowCount, dim)
}

export function weighted_norms_f64(out: usize, rows: usize, weights: usize, rowCount: usize, dim: usize): void {
  weightedNorms<f64>(out, rows, weights, rowCount, dim)
}

function weightedNorms<T>(out: usize, rows: usize, weights: usize, rowCount: usize, dim: usize): void {
  const rowStride = dim * sizeof<T>()
  const eights = rowCount & ~7
  for (let r: usize = 0; r < eights; r += 8) {
    normsOfEight<T>(out + (r << 3), rows + r * rowStride, weights, dim)
  }
  for (let r = eights; r < rowCount; r++) {
    const row = rows + r * rowStride
    let sum: f64 = 0
    for (let a: usize = 0; a < dim; a++) sum += weightedSquare<T>(row + a * sizeof<T>(), weights + (a << 3))
    store<f64>(out + (r << 3), sum)
  }
}

// @ts-ignore: decorator
@inline
function weightedSquare<T>(element: usize, weight: usize): f64 {
  const value = <f64>load<T>(element)
  return value * value * load<f64>(weight)
}

// @ts-ignore: decorator
@inline
/** Two rows of one column: their squares times its weight. */
function term(values: v128, weight: usize): v128 {
  return f64x2.mul(f64x2.mul(values, values), v128.load64_splat(weight))
}

/** Four lane pairs of rows: four chains of additions hide the latency of one. */
function normsOfEight<T>(out: usize, rows: usize, weights: usize, dim: usize): void {
  const rowStride = dim * sizeof<T>()
  const wide = sizeof<T>() == 4 ? dim & ~3 : dim & ~1
  let s0 = f64x2.splat(0), s1 = f64x2.splat(0), s2 = f64x2.splat(0), s3 = f64x2.splat(0)
  const below = rows + 4 * rowStride
  for (let a: usize = 0; a < wide; a += 16 / sizeof<T>()) {
    const at = rows + a * sizeof<T>()
    const lower = below + a * sizeof<T>()
    const w = weights + (a << 3)
    const x0 = v128.load(at), x1 = v128.load(at + rowStride)
    const x2 = v128.load(at + 2 * rowStride), x3 = v128.load(at + 3 * rowStride)
    const x4 = v128.load(lower), x5 = v128.load(lower + rowStride)
    const x6 = v128.load(lower + 2 * rowStride), x7 = v128.load(lower + 3 * rowStride)
    if (sizeof<T>() == 4) {
      s0 = fourColumns(s0, lowF32(x0, x1), highF32(x0, x1), w)
      s1 = fourColumns(s1, lowF32(x2, x3), highF32(x2, x3), w)
      s2 = fourColumns(s2, lowF32(x4, x5), highF32(x4, x5), w)
      s3 = fourColumns(s3, lowF32(x6, x7), highF32(x6, x7), w)
    } else {
      s0 = twoColumns(s0, x0, x1, w)
      s1 = twoColumns(s1, x2, x3, w)
      s2 = twoColumns(s2, x4, x5, w)
      s3 = twoColumns(s3, x6, x7, w)
    }
  }
  v128.store(out, s0)
  v128.store(out, s1, 16)
  v128.store(out, s2, 32)
  v128.store(out, s3, 48)
  if (wide < dim) addTail<T>(out, rows, weights, wide, dim)
}

// @ts-ignore: decorator
@inline
function fourColumns(sum: v128, low: v128, high: v128, weight: usize): v128 {
  sum = f64x2.add(sum, term(f64x2.promote_low_f32x4(low), weight))
  sum = f64x2.add(sum, term(promoteHigh(low), weight + 8))
  sum = f64x2.add(sum, term(f64x2.promote_low_f32x4(high), weight + 16))
  return f64x2.add(sum, term(promoteHigh(high), weight + 24))
}

// @ts-ignore: decorator
@inline
function twoColumns(sum: v128, a: v128, b: v128, weight: usize): v128 {
  sum = f64x2.add(sum, term(lowF64(a, b), weight))
  return f64x2.add(sum, term(highF64(a, b), weight + 8))
}

function addTail<T>(out: usize, rows: usize, weights: usize, done: usize, dim: usize): void {
  for (let t: usize = 0; t < 8; t++) {
    let sum = load<f64>(out + (t << 3))
    for (let a = done; a < dim; a++) {
      sum += weightedSquare<T>(rows + (t * dim + a) * sizeof<T>(), weights + (a << 3))
    }
    store<f64>(out + (t << 3), sum)
  }
}
