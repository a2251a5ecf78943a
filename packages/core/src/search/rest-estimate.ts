import { gamma } from '../arithmetic/numeric.ts'
import { POWER_ROUNDINGS } from '../arithmetic/power.ts'
import { logOfChance, lowerMean } from './lower-mean.ts'

/** What all rows outside U have in common. */
export interface RestFacts {
  readonly p: number
  readonly power: (x: number) => number
  /** Σ r over them: row j is drawn with pi_j = r_j / rateSum. */
  readonly rateSum: number
  readonly leastRate: number
  readonly largestLeverageRatio: number
}

/** What is known of one query's dots with them, in units of |K q|. */
export interface RestQuery {
  /** Σ x² over them, and what it may be off by, the rounding of their x² included. */
  readonly squares: number
  readonly squaresError: number
  /** No |x| of them is larger. */
  readonly largest: number
  /** No computed x is off by more. */
  readonly dotError: number
  /** Powers are held relative to this one. */
  readonly unit: number
  /** 1 + the relative error of Σ x² over all keys, by which x was scaled. */
  readonly scaleError: number
}

/** Of the sum of |x|^p over the rows outside U. */
export interface RestEstimate {
  /** A lower bound, but for the chance that was asked for. May be negative: it says nothing then. */
  readonly low: number
  /** Unbiased, but that it is never negative. */
  readonly mean: number
  /** Of the draws that were seen, and what rounding of their dots may come to beside. */
  readonly standardError: number
}

/** The first part of the draws chooses c; the others, which know nothing of it, are what is bounded. */
const PILOT_SHARE = 10
/** A relative error of the chance of each draw: gaps, logarithms, and the rounding of r_j / Σ r. */
const CHANCE_ERROR = 2 ** -40

/** Values of one query's draws, reused: x is |<q, k>| / |Kq|. */
export class RestEstimator {
  readonly #facts: RestFacts
  readonly #rates: Float64Array
  readonly #powers: Float64Array // g/pi of each draw, g no more than the true |x|^p
  readonly #values: Float64Array // |x|^p / pi as computed
  readonly #squares: Float64Array // x²/pi

  /** `rates` [draws]: r of the drawn rows. */
  constructor(facts: RestFacts, rates: Float64Array) {
    this.#facts = facts
    this.#rates = rates
    this.#powers = new Float64Array(rates.length)
    this.#values = new Float64Array(rates.length)
    this.#squares = new Float64Array(rates.length)
  }

  /**
   * From the first dots.length draws; `dots` [count] of the scaled query, `root` what makes x of them. It is wrong with a chance of
   * `delta` at most, a half of it for each of two c: the pilot's and 0 (docs/theory.md section 4, "A one-sided estimate").
   */
  estimate(dots: Float64Array, root: number, query: RestQuery, delta: number): RestEstimate {
    this.#evaluate(dots, root, query)
    const pilot = Math.floor(dots.length / PILOT_SHARE)
    const logTerm = logOfChance(delta / 2)
    const controlled = this.#bounded(pilot, dots.length, this.#slope(pilot, query.squares), query, logTerm)
    const plain = this.#bounded(pilot, dots.length, 0, query, logTerm)
    const closer = controlled.standardError < plain.standardError ? controlled : plain
    return { ...closer, low: Math.max(controlled.low, plain.low) }
  }

  #evaluate(dots: Float64Array, root: number, { dotError, unit }: RestQuery): void {
    const { power, rateSum } = this.#facts
    for (let i = 0; i < dots.length; i++) {
      const x = Math.abs(dots[i] / root)
      const inverse = rateSum / this.#rates[i]
      this.#values[i] = (power(x) / unit) * inverse
      // No more than the true |x|^p: what is bounded from below may be too small.
      this.#powers[i] = x > dotError ? (power(x - dotError) / unit) * inverse : 0
      this.#squares[i] = x * x * inverse
    }
  }

  /** c: the regression coefficient of g/pi on x²/pi over the pilot, at least 0. Any c is valid. */
  #slope(pilot: number, mean: number): number {
    if (pilot < 2) return 0
    let [sumZ, sumG] = [0, 0]
    for (let i = 0; i < pilot; i++) {
      sumZ += this.#squares[i] - mean
      sumG += this.#powers[i]
    }
    let [covariance, variance] = [0, 0]
    for (let i = 0; i < pilot; i++) {
      const z = this.#squares[i] - mean - sumZ / pilot
      covariance += z * (this.#powers[i] - sumG / pilot)
      variance += z * z
    }
    const slope = covariance / variance
    return slope > 0 && slope < Infinity ? slope : 0
  }

  /** y = g/pi - c (x²/pi - e) + B >= 0, E y <= (the sum) + B + c E_e. */
  #bounded(from: number, to: number, slope: number, query: RestQuery, logTerm: number): RestEstimate {
    const { squares, squaresError, unit } = query
    const lift = slope === 0 ? 0 : liftOf(this.#facts, query, slope)
    const constant = slope * squares + lift
    const count = to - from
    let [sum, sumOfSquares] = [0, 0]
    for (let i = from; i < to; i++) {
      // Never negative but by rounding, which the last term of `low` holds, or where x^p underflows: 0 is then no more than the true y.
      const y = Math.max(0, this.#powers[i] - slope * this.#squares[i] + constant)
      sum += y
      sumOfSquares += y * y
    }
    const best = lowerMean(count, sum, sumOfSquares, logTerm)
    const rounding = (gamma(count + 60 + 2 * POWER_ROUNDINGS) + CHANCE_ERROR) * (best + constant)
    const { mean, standardError } = this.#estimated(from, to, slope, squares)
    return {
      low: count < 2 ? -Infinity : (best - lift - slope * squaresError - rounding) * unit,
      mean: mean * unit,
      standardError: standardError * unit,
    }
  }

  /** The mean of |x|^p/pi - c (x²/pi - e), x as computed: what is lowered for `low` may be all of it where x is of the size of its error. */
  #estimated(
    from: number,
    to: number,
    slope: number,
    squares: number,
  ): Pick<RestEstimate, 'mean' | 'standardError'> {
    const count = to - from
    if (count < 2) return { mean: 0, standardError: Infinity }
    let [mean, deviations, lowered] = [0, 0, 0]
    for (let i = from, seen = 1; i < to; i++, seen++) {
      const value = this.#values[i] - slope * (this.#squares[i] - squares)
      const off = value - mean
      mean += off / seen
      deviations += off * (value - mean)
      lowered += this.#values[i] - this.#powers[i]
    }
    const spread = Math.sqrt(deviations / (count - 1) / count)
    return { mean: Math.max(0, mean), standardError: Math.hypot(spread, lowered / count) }
  }
}

/**
 * B, by which no y is negative. p > 2: the largest (c x² - x^p)/pi over 0 <= x <= the largest x, taken at x* = (2c/p)^(1/(p-2)) from
 * logarithms; p < 2: c x²/pi, where x² <= tau_j. In x² as computed c m (2 x + m)/pi more, m the error of x: g was lowered by as much.
 */
export function liftOf(
  { p, rateSum, leastRate, largestLeverageRatio }: Omit<RestFacts, 'power'>,
  { squares, largest, dotError, unit, scaleError }: RestQuery,
  slope: number,
): number {
  const inverse = rateSum / leastRate
  const most =
    p > 2
      ? largestGap(p, largest, unit, slope) * inverse
      : slope * largestLeverageRatio * rateSum * scaleError
  const rounded = slope * dotError * (2 * largest + dotError) * inverse
  return Math.max(0, (most + rounded) * (1 + 1e-12) - slope * squares)
}

/** The largest c x² - x^p / unit over 0 <= x <= `largest`, p > 2. */
function largestGap(p: number, largest: number, unit: number, slope: number): number {
  const log = Math.min((Math.log((2 * slope) / p) + Math.log(unit)) / (p - 2), Math.log(largest))
  const gap = Math.exp(Math.log(slope) + 2 * log) - Math.exp(p * log - Math.log(unit))
  return Math.max(0, gap + 1e-12 * Math.exp(Math.log(slope) + 2 * log))
}
