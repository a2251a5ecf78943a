/** linalg/dot.ts: four partial sums of every fourth product; what is left over goes to the first. */
export function dotRange(left: usize, right: usize, count: usize): f64 {
  const wide = count & ~3
  let s01 = f64x2.splat(0), s23 = f64x2.splat(0)
  for (let k: usize = 0; k < wide; k += 4) {
    const at = k << 3
    s01 = f64x2.add(s01, f64x2.mul(v128.load(left + at), v128.load(right + at)))
    s23 = f64x2.add(s23, f64x2.mul(v128.load(left + at, 16), v128.load(right + at, 16)))
  }
  let s0 = f64x2.extract_lane(s01, 0)
  for (let k = wide; k < count; k++) s0 += load<f64>(left + (k << 3)) * load<f64>(right + (k << 3))
  return joined(s0, s01, s23)
}

// @ts-ignore: decorator
@inline
/** The four partial sums in the order of linalg/dot.ts, `s0` with what was left over. */
export function joined(s0: f64, s01: v128, s23: v128): f64 {
  return s0 + f64x2.extract_lane(s01, 1) + (f64x2.extract_lane(s23, 0) + f64x2.extract_lane(s23, 1))
}

/** Bytes of what dotsOfPairs writes: four dots of four partial sums each. */
export const PAIRS_BYTES: usize = 128

/**
 * The partial sums of four dots over `count` entries, a multiple of 4: rows left, left + leftStride with rows right,
 * right + rightStride. `out` [left][right][4]. Sixteen numbers are added for eight loads.
 */
export function dotsOfPairs(
  out: usize, left: usize, leftStride: usize, right: usize, rightStride: usize, count: usize,
): void {
  let a00 = f64x2.splat(0), a01 = f64x2.splat(0)
  let b00 = f64x2.splat(0), b01 = f64x2.splat(0)
  let a10 = f64x2.splat(0), a11 = f64x2.splat(0)
  let b10 = f64x2.splat(0), b11 = f64x2.splat(0)
  const end = left + (count << 3)
  while (left < end) {
    const l0 = v128.load(left), l1 = v128.load(left + leftStride)
    const r0 = v128.load(right), r1 = v128.load(right + rightStride)
    a00 = f64x2.add(a00, f64x2.mul(l0, r0))
    a01 = f64x2.add(a01, f64x2.mul(l0, r1))
    a10 = f64x2.add(a10, f64x2.mul(l1, r0))
    a11 = f64x2.add(a11, f64x2.mul(l1, r1))
    const m0 = v128.load(left, 16), m1 = v128.load(left + leftStride, 16)
    const s0 = v128.load(right, 16), s1 = v128.load(right + rightStride, 16)
    b00 = f64x2.add(b00, f64x2.mul(m0, s0))
    b01 = f64x2.add(b01, f64x2.mul(m0, s1))
    b10 = f64x2.add(b10, f64x2.mul(m1, s0))
    b11 = f64x2.add(b11, f64x2.mul(m1, s1))
    left += 32
    right += 32
  }
  v128.store(out, a00)
  v128.store(out, b00, 16)
  v128.store(out, a01, 32)
  v128.store(out, b01, 48)
  v128.store(out, a10, 64)
  v128.store(out, b10, 80)
  v128.store(out, a11, 96)
  v128.store(out, b11, 112)
}
