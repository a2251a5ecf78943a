// e^x by a polynomial of degree six on [-ln 2 / 2, ln 2 / 2] and a power of two: of our own, so that every machine has the same bits.

// @ts-ignore: decorator
@inline
/** Within 2e-7 of e^x, relatively, for |x| <= 87, and its value there beyond. */
export function exponential(given: v128): v128 {
  let x = f32x4.max(f32x4.splat(-87), f32x4.min(f32x4.splat(87), given))
  const octaves = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)))
  // ln 2 in two parts, the first exact in few bits.
  x = f32x4.sub(x, f32x4.mul(octaves, f32x4.splat(0.693359375)))
  x = f32x4.sub(x, f32x4.mul(octaves, f32x4.splat(-2.1219444e-4)))
  let p = f32x4.splat(1.38888889e-3)
  p = f32x4.add(f32x4.mul(p, x), f32x4.splat(8.33333333e-3))
  p = f32x4.add(f32x4.mul(p, x), f32x4.splat(4.16666667e-2))
  p = f32x4.add(f32x4.mul(p, x), f32x4.splat(1.66666667e-1))
  p = f32x4.add(f32x4.mul(p, x), f32x4.splat(0.5))
  p = f32x4.add(f32x4.mul(p, x), f32x4.splat(1))
  p = f32x4.add(f32x4.mul(p, x), f32x4.splat(1))
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(octaves), i32x4.splat(127)), 23)
  return f32x4.mul(p, power)
}
