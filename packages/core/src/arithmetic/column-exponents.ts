/** The exponent of a column that has been zero so far: below any float64's. */
export const NO_EXPONENT = -100_000

/** value · 2^shift: exact unless the result is subnormal or overflows. */
export function scalePowerOfTwo(value: number, shift: number): number {
  let scaled = value
  for (let rest = Math.max(-5000, Math.min(5000, shift)); rest !== 0;) {
    const step = Math.max(-1000, Math.min(1000, rest))
    scaled *= 2 ** step
    rest -= step
  }
  return scaled
}

const bits = new DataView(new ArrayBuffer(8))

/** The e with 2^(e-1) <= |value| < 2^e, for finite nonzero values. */
export function exponentOf(value: number): number {
  bits.setFloat64(0, value)
  const biased = (bits.getUint32(0) >>> 20) & 0x7ff
  if (biased !== 0) return biased - 1022
  bits.setFloat64(0, value * 2 ** 64)
  return ((bits.getUint32(0) >>> 20) & 0x7ff) - 1022 - 64
}

/** maxima[a] = max(maxima[a], |rows_ra|) over the block; rows [rowCount, dim]. NaN and infinity come through as Infinity. */
export function columnMaxima(maxima: Float64Array, rows: Float64Array, rowCount: number): void {
  const dim = maxima.length
  for (let r = 0, i = 0; r < rowCount; r++) {
    for (let a = 0; a < dim; a++, i++) {
      const size = Math.abs(rows[i])
      if (!(size <= maxima[a])) maxima[a] = size <= Number.MAX_VALUE ? size : Infinity
    }
  }
}

/**
 * rows_ra *= 2^-exponents[a] in place: the scaled columns of a float64 block [rowCount, dim].
 * A column without an exponent is zero and stays so.
 */
export function scaleColumns(rows: Float64Array, rowCount: number, exponents: Int32Array): void {
  const dim = exponents.length
  const shifts = exponents.map((e) => (e === NO_EXPONENT ? 0 : -e))
  if (shifts.every((s) => s === 0)) return
  const moderate = shifts.every((s) => Math.abs(s) <= 1000)
  const factors = Float64Array.from(shifts, (s) => 2 ** s)
  for (let r = 0, i = 0; r < rowCount; r++) {
    for (let a = 0; a < dim; a++, i++) {
      rows[i] = moderate ? rows[i] * factors[a] : scalePowerOfTwo(rows[i], shifts[a])
    }
  }
}

/** Below this a scaled entry is subnormal: scaling it was not exact. */
const SMALLEST_NORMAL_EXPONENT = -1021

/** True where 2^shifts[a] values_a is no longer exact for some nonzero entry of [count, shifts.length]. */
export function losesBits(values: Float32Array | Float64Array, count: number, shifts: Int32Array): boolean {
  const dim = shifts.length
  if (shifts.every((shift) => shift >= 0)) return false
  for (let i = 0; i < count * dim; i++) {
    if (values[i] !== 0 && exponentOf(values[i]) + shifts[i % dim] < SMALLEST_NORMAL_EXPONENT) return true
  }
  return false
}
