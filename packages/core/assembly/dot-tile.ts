// @ts-ignore: decorator
@inline
/**
 * Dots of 4 queries [dim][4] and 8 keys [dim][8] in float32, each from 0 in the order of the columns, no product fused.
 * `filter`: bit 8q + k of the result says |dot| >= 1 or NaN; else the dots go to out [4][8], rows `outStride` bytes apart.
 * In a function of the caller's that is called, not inlined, for the reasons that tile.ts gives.
 */
export function dotTile(queries: usize, keys: usize, dim: usize, filter: bool, out: usize, outStride: usize): u32 {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0)
  const end = queries + (dim << 4)
  while (queries < end) {
    const b0 = v128.load(keys)
    const b1 = v128.load(keys, 16)
    let a = v128.load32_splat(queries)
    c00 = f32x4.add(c00, f32x4.mul(a, b0))
    c01 = f32x4.add(c01, f32x4.mul(a, b1))
    a = v128.load32_splat(queries, 4)
    c10 = f32x4.add(c10, f32x4.mul(a, b0))
    c11 = f32x4.add(c11, f32x4.mul(a, b1))
    a = v128.load32_splat(queries, 8)
    c20 = f32x4.add(c20, f32x4.mul(a, b0))
    c21 = f32x4.add(c21, f32x4.mul(a, b1))
    a = v128.load32_splat(queries, 12)
    c30 = f32x4.add(c30, f32x4.mul(a, b0))
    c31 = f32x4.add(c31, f32x4.mul(a, b1))
    queries += 16
    keys += 32
  }
  if (!filter) {
    store8(out, c00, c01)
    store8(out + outStride, c10, c11)
    store8(out + 2 * outStride, c20, c21)
    store8(out + 3 * outStride, c30, c31)
    return 0
  }
  c00 = f32x4.abs(c00)
  c01 = f32x4.abs(c01)
  c10 = f32x4.abs(c10)
  c11 = f32x4.abs(c11)
  c20 = f32x4.abs(c20)
  c21 = f32x4.abs(c21)
  c30 = f32x4.abs(c30)
  c31 = f32x4.abs(c31)
  const largest = i32x4.max_s(
    i32x4.max_s(i32x4.max_s(c00, c01), i32x4.max_s(c10, c11)),
    i32x4.max_s(i32x4.max_s(c20, c21), i32x4.max_s(c30, c31)),
  )
  if (!v128.any_true(atLeastOne(largest))) return 0
  return (
    bits8(c00, c01) | (bits8(c10, c11) << 8) | (bits8(c20, c21) << 16) | (bits8(c30, c31) << 24)
  )
}

// @ts-ignore: decorator
@inline
function store8(out: usize, low: v128, high: v128): void {
  v128.store(out, low)
  v128.store(out, high, 16)
}

// @ts-ignore: decorator
@inline
/** Lanes whose magnitude, as float32 bits, is at least that of 1. */
function atLeastOne(magnitudes: v128): v128 {
  return i32x4.ge_s(magnitudes, i32x4.splat(0x3f800000))
}

// @ts-ignore: decorator
@inline
function bits8(low: v128, high: v128): u32 {
  return <u32>i32x4.bitmask(atLeastOne(low)) | (<u32>i32x4.bitmask(atLeastOne(high)) << 4)
}
