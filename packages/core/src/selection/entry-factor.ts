import { binaryExponent, powerOfTwo } from '../linalg/power-of-two.ts'

/** Entries of a magnitude from 2^-EASY to 2^EASY are taken as they are: their products do not leave float64's range. */
const EASY = 200

/** The power of two that keys or queries whose largest entry is `largest` are multiplied with, so that their products count. */
export function entryFactor(largest: number): number {
  const exponent = largest > 0 ? binaryExponent(largest) + 1 : 0
  return Math.abs(exponent) <= EASY ? 1 : powerOfTwo(-Math.max(-1000, Math.min(1000, exponent)))
}

/** rows *= factor. */
export function scaleEntries(rows: Float32Array | Float64Array, factor: number): void {
  if (factor === 1) return
  for (let i = 0; i < rows.length; i++) rows[i] *= factor
}
