/** Of some runs: the middle one, or the mean of the two in the middle; the ends. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** Of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: medianOf(sorted), least: sorted[0], most: sorted[sorted.length - 1] }
}

/** NaN of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

/**
 * How many times as long as `ours` the others took: the median over the rounds of each round's ratio, since a machine that slows
 * down slows both. Both in the order of the rounds.
 */
export function ratioOf(others: readonly number[], ours: readonly number[]): number {
  return medianOf(others.map((seconds, round) => seconds / ours[round]))
}
