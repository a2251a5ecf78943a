import { gamma } from '../arithmetic/numeric.ts'

/** How far the keys that take part reach: what the errors of their logits, and the scaling of float32, go by. */
export interface KeyReach {
  /** At least max |k|, and above it by rounding alone. */
  readonly largestNorm: number
  /** max |entry|. */
  readonly largestEntry: number
}

export const NO_REACH: KeyReach = { largestNorm: 0, largestEntry: 0 }

export function mergeReaches(a: KeyReach, b: KeyReach): KeyReach {
  return {
    largestNorm: Math.max(a.largestNorm, b.largestNorm),
    largestEntry: Math.max(a.largestEntry, b.largestEntry),
  }
}

/** At least |row|, above it by rounding alone; row [dim] at `start`. NaN or Infinity where an entry is. */
export function normAbove(rows: Float32Array | Float64Array, start: number, dim: number): number {
  let sum = 0
  for (let i = start; i < start + dim; i++) sum += rows[i] * rows[i]
  // Squares that over- or underflow: once more, with the largest entry taken out.
  const root = sum > 1e-280 && sum < 1e300 ? Math.sqrt(sum) : scaledNorm(rows, start, dim)
  return root * (1 + gamma(dim + 4))
}

function scaledNorm(rows: Float32Array | Float64Array, start: number, dim: number): number {
  const largest = largestEntry(rows, start, start + dim)
  if (!(largest > 0 && largest < Infinity)) return largest
  let sum = 0
  for (let i = start; i < start + dim; i++) sum += (rows[i] / largest) ** 2
  return largest * Math.sqrt(sum)
}

/** max |value| of [start, end); NaN where one is NaN. */
export function largestEntry(values: Float32Array | Float64Array, start = 0, end = values.length): number {
  let largest = 0
  for (let i = start; i < end; i++) {
    const size = Math.abs(values[i])
    if (!(size <= largest)) largest = size
    if (size !== size) return NaN
  }
  return largest
}
