// Lane moves that every packing kernel needs. All are pure bit moves.

// @ts-ignore: decorator
@inline
/** (a[0], b[0]) of f64 lanes. */
export function lowF64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

// @ts-ignore: decorator
@inline
/** (a[1], b[1]) of f64 lanes. */
export function highF64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
}

// @ts-ignore: decorator
@inline
/** (a[0], b[0], a[1], b[1]) of f32 lanes. */
export function lowF32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
}

// @ts-ignore: decorator
@inline
/** (a[2], b[2], a[3], b[3]) of f32 lanes. */
export function highF32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
}

// @ts-ignore: decorator
@inline
/** The upper two f32 lanes as f64, exactly. */
export function promoteHigh(a: v128): v128 {
  return f64x2.promote_low_f32x4(highF64(a, a))
}
