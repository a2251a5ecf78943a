/** Twice and three times the mean of n leverage scores, whose sum is the rank p: 2p/n and 3p/n, by which rows of high leverage are customarily told; those below 1. */
export function highLeverage(rank: number, n: number): number[] {
  return [2, 3].map((times) => (times * rank) / n).filter((score) => score > 0 && score < 1)
}
