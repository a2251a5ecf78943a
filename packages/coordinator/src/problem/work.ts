/**
 * Seconds on one core of finding U of [n, d] keys and the heavy pairs of m queries, roughly. Rates in operations a second:
 * float64 kernels 1e10, the float32 filter 4e10.
 */
export function estimateSeconds(n: number, d: number, m: number, epsilon: number): number {
  return (3 * n * d * d + 8 * m * d * d) / 1e10 + (2 * m * d * Math.min(n, d / epsilon)) / 4e10
}

/** What a causal search adds: dots with the keys of a query's own block, or for p other than 2 with all that it sees. */
export function causalSeconds(n: number, d: number, m: number, p: number): number {
  return (m * d * (p === 2 ? 512 : n)) / 1e10
}

/** Of finding the factor of [n, d] keys, and then scoring all of them. */
export function scoringSeconds({ rows, cols }: { readonly rows: number; readonly cols: number }): number {
  return 2 * estimateSeconds(rows, cols, 0, 1)
}
