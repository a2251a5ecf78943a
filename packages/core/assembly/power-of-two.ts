// linalg/power-of-two.ts.

/** The e with 2^e <= |value| < 2^(e + 1), -1023 for subnormals. */
export function exponentOf(value: f64): i32 {
  return <i32>((reinterpret<u64>(value) >>> 52) & 0x7ff) - 1023
}

/** 2^exponent, which is clamped to what is normal. */
export function powerOfTwo(exponent: i32): f64 {
  const clamped = max(-1022, min(1023, exponent))
  return reinterpret<f64>(<u64>(clamped + 1023) << 52)
}
