/** Values of l in W(M) = Π (1 + l (y/M - 1)) that are tried; each has a share of the chance to fail. */
const LAMBDAS = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85] as const
const PSIS = LAMBDAS.map((lambda) => -Math.log1p(-lambda) - lambda)

/** log(8/delta): what a chance of `delta` to fail costs `lowerMean`. */
export function logOfChance(delta: number): number {
  return Math.log(LAMBDAS.length / delta)
}

/**
 * A lower bound of E y from `count` independent y >= 0 with Σ y = `sum` and Σ y² = `squares`, with no upper bound of any of them; it is
 * above E y with a chance of delta at most, logTerm = logOfChance(delta). 0 where nothing can be said.
 *
 * For l in (0, 1), psi = -log(1 - l) - l: exp(l xi - psi xi²) <= 1 + l xi for every xi >= -1 (Fan, Grama, Liu, Electron. J. Probab. 20
 * (2015)). With xi = y/M - 1, the product of the right sides, W(M), has the expectation 1 at M = E y; by Markov it reaches 8/delta there for
 * one of eight l with a chance of at most delta; and it falls in M. So no M at which the left sides reach 8/delta is above E y:
 *     l (sum/M - s) - psi (squares/M² - 2 sum/M + s) >= log(8/delta),
 * a quadratic in 1/M, whose largest such M is the root below.
 */
export function lowerMean(count: number, sum: number, squares: number, logTerm: number): number {
  let best = 0
  for (let i = 0; i < LAMBDAS.length; i++) {
    const psi = PSIS[i]
    const a = (LAMBDAS[i] + psi) * count + logTerm
    const b = (LAMBDAS[i] + 2 * psi) * sum
    const discriminant = b * b - 4 * psi * squares * a
    if (discriminant >= 0) best = Math.max(best, (b + Math.sqrt(discriminant)) / (2 * a))
  }
  return best
}
