import { ExactSum } from '../arithmetic/exact-sum.ts'

/** Bins of [0, 1]. */
export const HISTOGRAM_BINS = 50

/** The exact sum, rounded once: whatever the order of the values. */
export function sumOf(values: Iterable<number>): number {
  const sum = new ExactSum()
  for (const value of values) sum.add(value)
  return sum.value
}

/** Null of nothing. */
export function meanOf(values: Float64Array): number | null {
  return values.length === 0 ? null : sumOf(values) / values.length
}

/** Of a sample: divided by the count less one. Null of fewer than two. */
export function deviationOf(values: Float64Array): number | null {
  if (values.length < 2) return null
  const mean = meanOf(values) ?? 0
  return Math.sqrt(sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1))
}

/** sd / sqrt(N) · sqrt(1 - N / m) of N values drawn from m without replacement; 0 where all are known. Null of fewer than two. */
export function standardErrorOf(values: Float64Array, populationSize: number): number | null {
  const deviation = deviationOf(values)
  if (deviation === null) return null
  const { length } = values
  return (deviation / Math.sqrt(length)) * Math.sqrt(1 - length / populationSize)
}

/** Linear between order statistics, as NumPy's; of `sorted`, at least one value. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below)
}

/** How many of `values`, in [0, 1], stand in each of 50 bins of one width, the last one closed. */
export function histogramOf(values: Float64Array): number[] {
  const counts = Array.from({ length: HISTOGRAM_BINS }, () => 0)
  for (const value of values) counts[binOf(value)]++
  return counts
}

function binOf(value: number): number {
  const bin = Math.max(0, Math.min(HISTOGRAM_BINS - 1, Math.floor(value * HISTOGRAM_BINS)))
  // The edge b / 50 decides, rounded once: a product of value and 50 could round across it.
  if (bin + 1 < HISTOGRAM_BINS && value >= (bin + 1) / HISTOGRAM_BINS) return bin + 1
  return value < bin / HISTOGRAM_BINS ? bin - 1 : bin
}
