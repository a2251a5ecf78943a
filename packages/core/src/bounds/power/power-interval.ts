import { gamma } from '../../arithmetic/numeric.ts'
import { POWER_ROUNDINGS } from '../../arithmetic/power.ts'

/** What is known of one query, in units in which Σ_l <q,k_l>² is about 1: dots over its root. */
export interface PowerEvidence {
  readonly p: number
  /** Every key outside U takes at most this share of any covered query. */
  readonly restShare: number
  /** No key outside U has more of Σ_l <q,k_l>² either; 1 where nothing is known. */
  readonly restLeverage: number
  readonly insideCount: number // |U|
  readonly restCount: number // n - |U|
  /** Computed Σ_U x² and Σ_U |x|^p. */
  readonly insideSquares: number
  readonly insidePowers: number
  /** No computed x is off by more. */
  readonly dotError: number
  /** Relative error bound of Σ_l <q,k_l>², by which x was scaled. */
  readonly squaresError: number
}

export interface Interval {
  readonly low: number
  readonly high: number
}

/** Below this a row sum in those units is as good as unknown: terms may have vanished (large p). */
export const LEAST_POWER_SUM = 1e-250
const REFINEMENTS = 60

/** Certified ends of N = Σ_l |x_l|^p (theory.md section 4; NOTES.md "Normalisers, p other than 2"). */
export function powerInterval(evidence: PowerEvidence): Interval {
  const { p } = evidence
  const rounding = insideRounding(evidence)
  const restSquares = squaresOutside(evidence)
  const inside = insideInterval(evidence, rounding)
  const rest = p > 2 ? restAbove(evidence, inside, restSquares) : restBelow(evidence, inside, restSquares)
  return { low: (inside.low + rest.low) * (1 - 1e-12), high: (inside.high + rest.high) * (1 + 1e-12) }
}

/** Certified ends of e = Σ x² over the keys outside U. */
export function squaresOutside(evidence: PowerEvidence): Interval {
  const { insideCount, insideSquares, dotError, squaresError } = evidence
  const rounding = insideRounding(evidence)
  const rootError = Math.sqrt(insideCount) * dotError
  const root = Math.sqrt(insideSquares)
  const room = 1.01 * squaresError + rounding
  return {
    low: Math.max(0, 1 - room - (root + rootError) ** 2 * (1 + rounding)),
    high: Math.max(0, 1 + room - Math.max(0, root - rootError) ** 2 * (1 - rounding)),
  }
}

/** The relative error of a sum over U of squares or of p-th powers. */
export function insideRounding({ p, insideCount }: Pick<PowerEvidence, 'p' | 'insideCount'>): number {
  return gamma(insideCount + 16 + (POWER_ROUNDINGS + p) * 2)
}

/** Minkowski for p >= 1, subadditivity of |x|^p below. */
function insideInterval(
  { p, insideCount, insidePowers, dotError }: PowerEvidence,
  rounding: number,
): Interval {
  if (p < 1) {
    const error = insideCount * dotError ** p
    return {
      low: Math.max(0, insidePowers * (1 - rounding) - error),
      high: insidePowers * (1 + rounding) + error,
    }
  }
  const root = insidePowers ** (1 / p)
  const error = insideCount ** (1 / p) * dotError
  return {
    low: Math.max(0, root - error) ** p * (1 - rounding),
    high: (root + error) ** p * (1 + rounding) + LEAST_POWER_SUM * 1e-20,
  }
}

/** p > 2: the rest is at most e times its largest |x|^(p-2), and |x|^p <= restShare N. Every iterate is a bound. */
function restAbove(evidence: PowerEvidence, inside: Interval, e: Interval): Interval {
  const { p, restShare, restCount } = evidence
  if (restCount === 0) return { low: 0, high: 0 }
  const low = e.low === 0 ? 0 : Math.exp((p / 2) * Math.log(e.low) - (p / 2 - 1) * Math.log(restCount))
  let high = e.high * Math.min(e.high, largestSquare(evidence)) ** (p / 2 - 1) * (1 + 1e-14)
  for (let i = 0; i < REFINEMENTS; i++) {
    const next = Math.min(high, (restShare * (inside.high + high)) ** ((p - 2) / p) * e.high * (1 + 1e-14))
    if (!(next < high * (1 - 1e-6))) break
    high = next
  }
  return { low, high }
}

/** The largest x² outside U: its share of the sum of squares, in units in which that is 1 up to its error. */
export function largestSquare({
  restLeverage,
  squaresError,
}: Pick<PowerEvidence, 'restLeverage' | 'squaresError'>): number {
  return restLeverage * (1 + 1.01 * squaresError) * (1 + 1e-14)
}

/** p < 2: the rest is at least e over its largest |x|^(2-p), and |x|^p <= restShare N. */
function restBelow(evidence: PowerEvidence, inside: Interval, e: Interval): Interval {
  const { p, restShare, restCount } = evidence
  if (restCount === 0) return { low: 0, high: 0 }
  const high = restCount ** (1 - p / 2) * e.high ** (p / 2)
  if (e.low === 0) return { low: 0, high }
  // What is left at all lies in keys that have a part: a largest square of 0 leaves nothing.
  const square = Math.min(e.low, largestSquare(evidence))
  let low = square > 0 ? Math.min(high, e.low * square ** (p / 2 - 1) * (1 - 1e-14)) : 0
  // N >= inside + e (restShare N)^(-(2-p)/p): the right side falls in N, so a trial below it is a lower bound of N.
  const right = (n: number) => inside.low + e.low * (restShare * n) ** (-(2 - p) / p) * (1 - 1e-12)
  let above = inside.high + high
  let below = inside.low + low
  for (let i = 0; i < REFINEMENTS && above > below * (1 + 1e-9); i++) {
    const trial = Math.sqrt(above) * Math.sqrt(below)
    if (trial <= right(trial)) below = trial
    else above = trial
  }
  low = Math.max(low, (below - inside.low) * (1 - 1e-9))
  return { low: Math.min(low, high), high }
}
