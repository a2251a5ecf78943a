const float64View = new Float64Array(1)
const wordView = new Uint32Array(float64View.buffer)
float64View[0] = 1
const highWord = wordView[1] === 0 ? 0 : 1

/** The integer e with 2^e <= |value| < 2^(e+1), for a finite nonzero value; -1023 for every subnormal. Exact: read off the bits, no logarithm. */
export function binaryExponent(value: number): number {
  float64View[0] = value
  return ((wordView[highWord] >>> 20) & 0x7ff) - 1023
}

/** 2^exponent, exactly, for an integer -1022 <= exponent <= 1023; exponents outside are clamped to that range. */
export function powerOfTwo(exponent: number): number {
  const clamped = Math.max(-1022, Math.min(1023, exponent))
  wordView[highWord] = (clamped + 1023) << 20
  wordView[1 - highWord] = 0
  return float64View[0]
}
