import { gamma, UNIT_ROUNDOFF_F64 } from '../../arithmetic/numeric.ts'
import { slackOf, solveError } from './certificate.ts'
import { mapError } from './preconditioner.ts'
import type { Factor } from './factor.ts'
import type { RootErrors } from './triangular-factor.ts'

/**
 * The least slack that a factor can have had when it was made, p = 2: what `firstStep`, `refinedStep` or `triangularFactor`
 * gives with `mu` at least the smallest eigenvalue it knew of, and `depth` that of its sum. Infinity where none is.
 */
export function leastSlack(
  { dim, ridge, preconditioner, gram }: Factor,
  mu: number,
  depth: number,
  errors: RootErrors | undefined,
): number {
  const floor = Math.max(1e-12, 8 * dim * UNIT_ROUNDOFF_F64)
  if (ridge > 0) return floor
  if (!(mu > 0)) return Infinity
  if (errors) return Math.max(floor, errors.slackOf(Math.sqrt(mu)))
  if (!preconditioner) {
    const eta = dim * (gamma(depth + 1) + gamma(dim + 5))
    return slackOf(eta / mu + 2 * solveError(mu, dim), dim)
  }
  let trace = 0
  for (let i = 0; i < gram.length; i += dim + 1) trace += gram[i]
  const eta = trace * (gamma(depth + 1) + gamma(dim + 5))
  const rho = (mapError(preconditioner, dim).ofSize * Math.sqrt(dim)) / Math.sqrt(mu)
  const solve = (gamma(dim + 1) * Math.sqrt(trace)) / Math.sqrt(mu)
  return slackOf(eta / mu + 4 * rho + 2 * solve, dim)
}
