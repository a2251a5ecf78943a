import {
  gamma,
  isQuadratic,
  LARGEST_PAIR_SLACK,
  NORMALISER_TRUSTED_BELOW,
  UNIT_ROUNDOFF_F64,
} from '@levattention/core/internal'

/** No pair of an honest file has a larger slack, but for intervals, which are held against their ends. */
export const LARGEST_SLACK = NORMALISER_TRUSTED_BELOW + LARGEST_PAIR_SLACK

/** Twice the relative error of the dots that tasks give back: each is within u + 1e-12 of the exact one. */
const OWN_DOT_ERROR = 4e-12
/** How exact a score can be expected to be at best (theory.md section 8). */
const SCORE_TOLERANCE = 1e-9

/** One dot of brute force. */
export interface KnownDot {
  readonly dim: number
  readonly value: number
  /** Σ|q_a k_a|. */
  readonly absolute: number
}

/**
 * Relative error bound of a score |dot|^p / N by brute force: that of N (verify-sums.ts), p times the dot's, and a few units
 * of division and power, for which the dot's 1e-12 above its bound leaves room.
 */
export function ownErrorOf(rowSumError: number, p: number): number {
  return 1.01 * (rowSumError + Math.max(1, p / 2) * OWN_DOT_ERROR)
}

/**
 * The largest slack with which any mode reports a pair, from the pair itself and from nothing that a file says. A writer
 * settles a query only where its row sum is known to NORMALISER_TRUSTED_BELOW (Gram, R, coordinates, prefix, exact pass
 * alike), and takes a dot with its error bound p g Σ|q_a k_a|/|dot|, g = gamma_{d+2}; p = 2: above LARGEST_PAIR_SLACK it
 * takes the bound of Dot2 in its place, and above that a correctly rounded dot.
 */
export function slackLimitOf({ dim, value, absolute }: KnownDot, p: number): number {
  const ratio = absolute / Math.abs(value)
  const g = gamma(dim + 2)
  const plain = Math.max(2, 1.01 * p) * (UNIT_ROUNDOFF_F64 + g * ratio)
  const isRecomputed = isQuadratic({ p }) && plain > 1.01 * LARGEST_PAIR_SLACK
  const ofDot = isRecomputed ? 2 * (UNIT_ROUNDOFF_F64 + g * g * ratio) : plain
  return NORMALISER_TRUSTED_BELOW + Math.min(LARGEST_PAIR_SLACK, 1.01 * ofDot)
}

/**
 * How far a right score may be from the exact one: theory.md section 8's tolerance for p = 2, times p/2 above, but no more
 * than any slack. `cancellation`: Σ_a |q_a| D_a / |K q|_p.
 */
export function scoreToleranceOf(dot: KnownDot, cancellation: number, p: number): number {
  const units = 4 * dot.dim * UNIT_ROUNDOFF_F64
  const expected = SCORE_TOLERANCE + 2 * units * cancellation + (units * dot.absolute) / Math.abs(dot.value)
  return Math.min(Math.max(1, p / 2) * expected, slackLimitOf(dot, p))
}

/** Absolute: how far a right dot may be from the exact one, in the units of `dot`. */
export function dotToleranceOf({ dim, value, absolute }: KnownDot): number {
  return SCORE_TOLERANCE * Math.abs(value) + 4 * dim * UNIT_ROUNDOFF_F64 * absolute
}
