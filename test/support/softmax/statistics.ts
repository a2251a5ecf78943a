/** Means, quantiles and histograms as the golden files have them (NumPy's). */
import { exactSum } from '../oracle.ts'

const BINS = 50

/** Null of nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : exactSum(Float64Array.from(values)) / values.length
}

/** Of a sample: divided by the count less one. */
export function standardDeviation(values: readonly number[]): number {
  const middle = mean(values) ?? 0
  const squares = values.map((value) => (value - middle) ** 2)
  return Math.sqrt(exactSum(Float64Array.from(squares)) / (values.length - 1))
}

/** Linear between order statistics. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const above = sorted[Math.min(below + 1, sorted.length - 1)]
  return sorted[below] + (above - sorted[below]) * (at - below)
}

/** Counts of values in [0, 1] in 50 bins, the last one closed. */
export function histogram(values: readonly number[]): number[] {
  const counts = Array.from({ length: BINS }, () => 0)
  for (const value of values) {
    // The edge b / 50 decides, rounded once: a product of value and 50 could round across it.
    let bin = Math.min(BINS - 1, Math.floor(value * BINS))
    if (bin + 1 < BINS && value >= (bin + 1) / BINS) bin++
    else if (value < bin / BINS) bin--
    counts[bin]++
  }
  return counts
}
