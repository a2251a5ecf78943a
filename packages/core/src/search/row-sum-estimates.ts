import { ExactSum } from '../arithmetic/exact-sum.ts'
import { insideRounding, LEAST_POWER_SUM } from '../bounds/power/power-interval.ts'
import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { type EstimateTerms, estimateStages } from '../sums/estimate-draws.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { KeyDots } from './key-dots.ts'
import type { SummedQuery } from './power-queries.ts'
import { RestEstimator, type RestQuery } from './rest-estimate.ts'

/** A dot at the threshold is known to three digits or better: else a pass over the keys tries it with better ones. */
const LEAST_DOT = 1e3

/** Of an estimate, relatively: 0 is for what was summed. */
const LEAST_ERROR = 2 ** -40

/** What is known of a query's row sum by now, in units of |<q, k> / root|^p. */
export interface EstimatedRowSum {
  readonly summed: SummedQuery
  /** The largest x among U. */
  readonly largest: number
  /** Σ over U, no more than it is. */
  readonly insideLow: number
  readonly rest: RestQuery
  /** A lower end that holds but for the chance of the estimate. */
  low: number
  estimate: number
  standardError: number
  /** Draws looked at. */
  drawn: number
}

/**
 * Row sums N = Σ_U + Σ_rest from dots with U and with draws from the rest, of which more and more are looked at: a stage's
 * draws are the first so many (docs/theory.md section 4, "A one-sided estimate").
 */
export class RowSumEstimates {
  readonly #kernels: Kernels
  readonly #universal: UniversalSet
  readonly #power: (x: number) => number
  readonly #drawn: KeyDots
  readonly #estimator: RestEstimator
  readonly #stages: readonly number[]
  /** The chance of a query's stage to fail. */
  readonly #delta: number

  /** `power`: |x|^p. Throws Internal where the set has no draws. */
  constructor(kernels: Kernels, universal: UniversalSet, power: (x: number) => number) {
    const { estimate, factor, dim, p } = universal
    if (!estimate) throw new LevError('Internal', 'an estimate without draws')
    const { draws } = estimate
    this.#kernels = kernels
    this.#universal = universal
    this.#power = power
    this.#drawn = new KeyDots(kernels, { keys: draws.rows, exponents: factor.exponents })
    const rateSum = new ExactSum()
    rateSum.addParts(draws.rateParts)
    const { leastRate, largestLeverageRatio } = draws
    const facts = { p, power, rateSum: rateSum.value, leastRate, largestLeverageRatio }
    this.#estimator = new RestEstimator(facts, draws.rates)
    this.#stages = draws.restRows === 0 ? [] : stagesWithin(dim, draws.times.length)
    this.#delta = chanceOfStage(estimate, estimateStages(dim).length)
  }

  /** From U alone; undefined where powers vanish, or dots at epsilon of the row sum are rounding noise. */
  begin(summed: SummedQuery, epsilon: number): EstimatedRowSum | undefined {
    const { dots, root, dotError, sum, restSquares, squaresError } = summed
    const { p } = this.#universal
    let [largest, insideLow] = [0, 0]
    for (const dot of dots) {
      const x = Math.abs(dot / root)
      if (x > largest) largest = x
      if (x > dotError) insideLow += this.#power(x - dotError)
    }
    const restLargest = Math.sqrt(Math.min(restSquares.high, summed.largestSquare))
    const unit = this.#power(Math.max(largest, restLargest))
    const least = (epsilon * sum.low) ** (1 / p)
    if (!(unit >= LEAST_POWER_SUM && least > LEAST_DOT * dotError)) return undefined
    return {
      summed,
      largest,
      insideLow: insideLow * (1 - insideRounding({ p, insideCount: dots.length + 60 })),
      rest: {
        squares: (restSquares.low + restSquares.high) / 2,
        // Σ x² as computed over the rows outside U is off by 2 m and less, m the error of x.
        squaresError: (restSquares.high - restSquares.low) / 2 + 2.1 * dotError,
        largest: restLargest,
        dotError,
        unit,
        scaleError: 1 + 1.01 * squaresError,
      },
      low: sum.low,
      estimate: this.#stages.length === 0 ? summed.insidePowers : sum.low + (sum.high - sum.low) / 2,
      standardError: 0,
      drawn: 0,
    }
  }

  /** Stage by stage, those of `rowSums` that are open when it begins: `isOpen` is asked after each. */
  improve(rowSums: readonly EstimatedRowSum[], isOpen: (rowSum: EstimatedRowSum) => boolean): void {
    let open = rowSums
    for (const stage of this.#stages) {
      const some = this.#drawn.queriesFor(stage)
      for (let start = 0; start < open.length; start += some)
        this.#runStage(open.slice(start, start + some), stage)
      open = open.filter(isOpen)
    }
  }

  #runStage(open: readonly EstimatedRowSum[], stage: number): void {
    const { dim } = this.#universal
    withScratch(this.#kernels, () => {
      const rows = this.#kernels.f64(open.length * dim)
      open.forEach(({ summed }, i) => rows.set(summed.scaled, i * dim))
      const dots = this.#drawn.of(rows, open.length, stage)
      open.forEach((rowSum, i) => {
        const { summed, rest, insideLow } = rowSum
        const own = dots.subarray(i * stage, (i + 1) * stage)
        const found = this.#estimator.estimate(own, summed.root, rest, this.#delta)
        rowSum.low = Math.max(rowSum.low, insideLow + found.low)
        rowSum.estimate = summed.insidePowers + found.mean
        // All draws may be alike: the sum is an estimate still.
        rowSum.standardError = Math.max(found.standardError, LEAST_ERROR * rowSum.estimate)
        rowSum.drawn = stage
      })
    })
  }
}

/** Of `count` draws, which may be a few less than the last stage has. */
function stagesWithin(dim: number, count: number): number[] {
  const whole = estimateStages(dim).filter((stage) => stage <= count)
  const last = whole.at(-1) ?? 0
  return count > last ? [...whole, count] : whole
}

/** delta over all queries and stages, and a half of it for what a bound from above would take. */
function chanceOfStage({ delta, queryCount }: EstimateTerms, stages: number): number {
  return delta / (2 * Math.max(1, queryCount) * stages)
}
