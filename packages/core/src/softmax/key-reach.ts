import { gamma } from '../arithmetic/numeric.ts'

/** How far the keys that take part reach: what the errors of their logits, and the scaling of float32, go by. */
export interface KeyReach {
  /** At least max |k|, and above it by rounding alone. */
  readonly largestNorm: number
  /** max |entry|; of norms of a usual size, which need no scaling, anything from there to the largest norm. */
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
  return normOfSquare(sum, dim) ?? scaledNorm(rows, start, dim) * (1 + gamma(dim + 4))
}

/** The same from the computed sum of its squares; undefined where these may have over- or underflown. */
export function normOfSquare(sum: number, dim: number): number | undefined {
  return sum > 1e-280 && sum < 1e300 ? Math.sqrt(sum) * (1 + gamma(dim + 4)) : undefined
}

/** With the largest entry taken out. */
function scaledNorm(rows: Float32Array | Float64Array, start: number, dim: number): number {
  const largest = largestEntry(rows, start, start + dim)
  if (!(largest > 0 && largest < Infinity)) return largest
  let sum = 0
  for (let i = start; i < start + dim; i++) sum += (rows[i] / largest) ** 2
  return largest * Math.sqrt(sum)
}

/** max |value| of [start, end); NaN where one is NaN. */
export function largestEntry(values: Float32Array | Float64Array, start = 0, end = values.length): number {
  let [most, least] = [0, 0]
  let sum = 0
  for (let i = start; i < end; i++) {
    const value = values[i]
    if (value > most) most = value
    else if (value < least) least = value
    sum += value - value
  }
  // Of a NaN or infinity the difference is NaN.
  return Number.isNaN(sum) ? notFinite(values, start, end) : Math.max(most, -least)
}

function notFinite(values: Float32Array | Float64Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (Number.isNaN(values[i])) return NaN
  return Infinity
}
