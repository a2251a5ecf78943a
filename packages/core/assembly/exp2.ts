/**
 * What exp2 needs, in memory: V8 makes a constant anew in every turn of a loop, by three instructions; loaded before the loop it
 * stays in a register. The coefficients, descending; what, added and subtracted, rounds to an integer that then stands in the low
 * bits: 1.5 2^23; the least exponent.
 */
export const EXP2 = memory.data<f32>([
  0.0013276472454890609, 0.009675540961325169, 0.05550713092088699, 0.24022120237350464, 0.6931469440460205,
  1.0000001192092896, 12582912, -126,
])

// @ts-ignore: decorator
@inline
/** 2^x for x <= 127 within 2.4e-7 of it; 0 below -126. */
export function exp2(
  x: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128, c0: v128, rounder: v128, least: v128,
): v128 {
  const rounded = f32x4.add(x, rounder)
  const f = f32x4.sub(x, f32x4.sub(rounded, rounder))
  let p = f32x4.add(f32x4.mul(c5, f), c4)
  p = f32x4.add(f32x4.mul(p, f), c3)
  p = f32x4.add(f32x4.mul(p, f), c2)
  p = f32x4.add(f32x4.mul(p, f), c1)
  p = f32x4.add(f32x4.mul(p, f), c0)
  return v128.and(i32x4.add(p, i32x4.shl(rounded, 23)), f32x4.ge(x, least))
}
