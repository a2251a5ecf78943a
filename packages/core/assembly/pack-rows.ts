import { highF32, highF64, lowF32, lowF64, promoteHigh } from './lanes'

/**
 * Up to 4 rows as one panel, transposed: target [dim][4] f64 from source [rowCount, dim] whose rows are
 * `rowStride` bytes apart. Missing rows are zeros.
 */
export function packRows<T>(
  source: usize,
  target: usize,
  rowCount: usize,
  dim: usize,
  rowStride: usize,
): void {
  let done: usize = 0
  if (rowCount >= 4) {
    done = dim & ~3
    for (let c: usize = 0; c < done; c += 4) {
      transposeFour<T>(source + c * sizeof<T>(), target + (c << 5), rowStride)
    }
  }
  for (let c = done; c < dim; c++) {
    for (let t: usize = 0; t < 4; t++) {
      const at = source + t * rowStride + c * sizeof<T>()
      store<f64>(target + (c << 5) + (t << 3), t < rowCount ? <f64>load<T>(at) : 0)
    }
  }
}

// @ts-ignore: decorator
@inline
function transposeFour<T>(source: usize, target: usize, rowStride: usize): void {
  const row1 = source + rowStride
  const row2 = row1 + rowStride
  const row3 = row2 + rowStride
  if (sizeof<T>() == 4) {
    const a = v128.load(source)
    const b = v128.load(row1)
    const c = v128.load(row2)
    const d = v128.load(row3)
    const lowAB = lowF32(a, b)
    const lowCD = lowF32(c, d)
    const highAB = highF32(a, b)
    const highCD = highF32(c, d)
    v128.store(target, f64x2.promote_low_f32x4(lowAB))
    v128.store(target, f64x2.promote_low_f32x4(lowCD), 16)
    v128.store(target, promoteHigh(lowAB), 32)
    v128.store(target, promoteHigh(lowCD), 48)
    v128.store(target, f64x2.promote_low_f32x4(highAB), 64)
    v128.store(target, f64x2.promote_low_f32x4(highCD), 80)
    v128.store(target, promoteHigh(highAB), 96)
    v128.store(target, promoteHigh(highCD), 112)
  } else {
    transposePairs(v128.load(source), v128.load(row1), v128.load(row2), v128.load(row3), target)
    transposePairs(
      v128.load(source, 16),
      v128.load(row1, 16),
      v128.load(row2, 16),
      v128.load(row3, 16),
      target + 64,
    )
  }
}

// @ts-ignore: decorator
@inline
function transposePairs(a: v128, b: v128, c: v128, d: v128, target: usize): void {
  v128.store(target, lowF64(a, b))
  v128.store(target, lowF64(c, d), 16)
  v128.store(target, highF64(a, b), 32)
  v128.store(target, highF64(c, d), 48)
}
