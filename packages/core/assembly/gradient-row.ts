import { EXP2, exp2 } from './exp2'

// One row of a tile: of one query and 64 keys the logits, which become P, and the products <dO, value>, which become slopes.

/** Bytes of a row. */
export const TILE_ROW: usize = 256

/** Zeros in both rows, keys from .. to - 1 in whole tiles of 8. No memory.fill: so short a one takes longer to call than to do. */
export function clear(weights: usize, slopes: usize, from: usize, to: usize): void {
  const zero = f32x4.splat(0)
  for (let k = from << 2; k < to << 2; k += 32) {
    v128.store(weights + k, zero)
    v128.store(weights + k, zero, 16)
    v128.store(slopes + k, zero)
    v128.store(slopes + k, zero, 16)
  }
}

/** P = 2^(logit - shift) / total and P (product - mean), of keys from .. to - 1; zeros of a row that sees nothing. */
export function weighAndSlope(
  weights: usize, slopes: usize, from: usize, to: usize, shift: f64, total: f64, mean: f64,
): void {
  if (total == 0) {
    clear(weights, slopes, from, to)
    return
  }
  const s = f32x4.splat(<f32>shift)
  const inverse = f32x4.splat(<f32>(1 / total))
  const m = f32x4.splat(<f32>mean)
  const c5 = v128.load32_splat(EXP2), c4 = v128.load32_splat(EXP2, 4), c3 = v128.load32_splat(EXP2, 8)
  const c2 = v128.load32_splat(EXP2, 12), c1 = v128.load32_splat(EXP2, 16), c0 = v128.load32_splat(EXP2, 20)
  const rounder = v128.load32_splat(EXP2, 24)
  const least = v128.load32_splat(EXP2, 28)
  for (let k = from << 2; k < to << 2; k += 16) {
    const w = exp2(f32x4.sub(v128.load(weights + k), s), c5, c4, c3, c2, c1, c0, rounder, least)
    const p = f32x4.mul(w, inverse)
    v128.store(weights + k, p)
    v128.store(slopes + k, f32x4.mul(p, f32x4.sub(v128.load(slopes + k), m)))
  }
}
