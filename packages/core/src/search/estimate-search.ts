import { scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import { ExactSum } from '../arithmetic/exact-sum.ts'
import { insideRounding, LEAST_POWER_SUM } from '../bounds/power/power-interval.ts'
import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { type EstimateTerms, estimateStages } from '../sums/estimate-draws.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { answerWith } from './answer-rows.ts'
import { columnsOf, endRounding, type IntervalPair, scoreInterval } from './interval-pairs.ts'
import { KeyDots } from './key-dots.ts'
import { PowerQueries, type SummedQuery } from './power-queries.ts'
import { RestEstimator, type RestQuery } from './rest-estimate.ts'
import type { QueryBlock, Search, SearchAnswer, SearchTerms } from './search.ts'

/** A query is settled where its lower end is at least 1 less this of its estimate: pairs between the two are told, heavy or not. */
export const ESTIMATE_TOLERANCE = 0.05

/** A query on its way through the stages. */
interface OpenQuery {
  readonly summed: SummedQuery
  /** The largest x among U. */
  readonly largest: number
  /** Σ over U, no more than it is. */
  readonly insideLow: number
  readonly rest: RestQuery
  /** Of the whole row sum. */
  low: number
  estimate: number
  standardError: number
}

/**
 * p other than 2, by draws from the keys outside U: a pair is told unless |<q,k>|^p is below epsilon times a lower end of the
 * row sum that holds but for a chance of delta over all queries, so none is missed but for that chance. More draws are looked at
 * only for queries that still have a pair to tell (docs/theory.md section 4, "A one-sided estimate").
 */
export class EstimateSearch implements Search {
  readonly #kernels: Kernels
  readonly #universal: UniversalSet
  readonly #epsilon: number
  readonly #queries: PowerQueries
  readonly #drawn: KeyDots
  readonly #estimator: RestEstimator
  readonly #stages: readonly number[]
  readonly #restRows: number
  /** The chance of a query's stage to fail. */
  readonly #delta: number

  /** Holds kernel scratch for as long as it lives: give it kernels of its own. Throws Internal where the set has no draws. */
  constructor(kernels: Kernels, universal: UniversalSet, { epsilon }: Pick<SearchTerms, 'epsilon'>) {
    const { estimate, factor, dim, p } = universal
    if (!estimate) throw new LevError('Internal', 'an estimate without draws')
    const { draws } = estimate
    this.#kernels = kernels
    this.#universal = universal
    this.#epsilon = epsilon
    this.#queries = new PowerQueries(kernels, universal)
    this.#drawn = new KeyDots(kernels, { keys: draws.rows, exponents: factor.exponents })
    const rateSum = new ExactSum()
    rateSum.addParts(draws.rateParts)
    const { leastRate, largestLeverageRatio } = draws
    const facts = { p, power: this.#queries.power, rateSum: rateSum.value, leastRate, largestLeverageRatio }
    this.#estimator = new RestEstimator(facts, draws.rates)
    this.#stages = stagesWithin(dim, draws.times.length)
    this.#restRows = draws.restRows
    this.#delta = chanceOfStage(estimate, estimateStages(dim).length)
  }

  pairs(block: QueryBlock): SearchAnswer | number {
    const outcomes = { undefinedRows: [] as number[], uncertified: [] as number[] }
    const found: IntervalPair[] = []
    const bad = this.#queries.forSome(block, outcomes, (queries) => {
      const open: OpenQuery[] = []
      for (const summed of queries) {
        const begun = this.#begin(summed)
        if (begun === undefined) outcomes.uncertified.push(summed.query)
        else if (this.#mayHaveMore(begun)) open.push(begun)
      }
      this.#runStages(open)
      for (const query of open) this.#tell(query, found)
    })
    if (bad >= 0) return bad
    outcomes.uncertified.sort((a, b) => a - b)
    return answerWith(block.count, outcomes, columnsOf(found))
  }

  /** Which queries are certified is known before draws are looked at. */
  settle(block: QueryBlock): SearchAnswer | number {
    const outcomes = { undefinedRows: [] as number[], uncertified: [] as number[] }
    const bad = this.#queries.forSome(block, outcomes, (queries) => {
      for (const summed of queries)
        if (this.#begin(summed) === undefined) outcomes.uncertified.push(summed.query)
    })
    if (bad >= 0) return bad
    outcomes.uncertified.sort((a, b) => a - b)
    return answerWith(block.count, outcomes)
  }

  /** Undefined where U alone says too little: keys that a ridge dropped may be heavy, powers vanish, or dots are rounding noise. */
  #begin(summed: SummedQuery): OpenQuery | undefined {
    const { power, ridgeShare } = this.#queries
    const { dots, root, dotError, sum, restSquares, squaresError } = summed
    if (ridgeShare >= this.#epsilon) return undefined
    let [largest, insideLow] = [0, 0]
    for (const dot of dots) {
      const x = Math.abs(dot / root)
      if (x > largest) largest = x
      if (x > dotError) insideLow += power(x - dotError)
    }
    const squares = (restSquares.low + restSquares.high) / 2
    const restLargest = Math.sqrt(Math.min(restSquares.high, summed.largestSquare))
    const unit = power(Math.max(largest, restLargest))
    const least = (this.#epsilon * sum.low) ** (1 / this.#universal.p)
    if (!(unit >= LEAST_POWER_SUM && least > LEAST_DOT * dotError)) return undefined
    const scaleError = 1 + 1.01 * squaresError
    // Σ x² as computed is off by 2 m |K q| / root and less, m the error of x, for the rows of U and for those outside.
    const error = (restSquares.high - restSquares.low) / 2 + 2.1 * dotError
    const { p } = this.#universal
    return {
      summed,
      largest,
      insideLow: insideLow * (1 - insideRounding({ p, insideCount: dots.length + 60 })),
      rest: { squares, squaresError: error, largest: restLargest, dotError, unit, scaleError },
      low: sum.low,
      estimate: this.#restRows === 0 ? summed.insidePowers : sum.low + (sum.high - sum.low) / 2,
      standardError: 0,
    }
  }

  #runStages(all: readonly OpenQuery[]): void {
    let open = this.#restRows === 0 ? [] : all
    for (const stage of this.#stages) {
      const some = this.#drawn.queriesFor(stage)
      for (let start = 0; start < open.length; start += some)
        this.#runStage(open.slice(start, start + some), stage)
      open = open.filter((query) => !isSettled(query) && this.#mayHaveMore(query))
    }
  }

  #runStage(open: readonly OpenQuery[], stage: number): void {
    const { dim } = this.#universal
    withScratch(this.#kernels, () => {
      const rows = this.#kernels.f64(open.length * dim)
      open.forEach(({ summed }, i) => rows.set(summed.scaled, i * dim))
      const dots = this.#drawn.of(rows, open.length, stage)
      open.forEach((query, i) => {
        const { summed, rest, insideLow } = query
        const own = dots.subarray(i * stage, (i + 1) * stage)
        const found = this.#estimator.estimate(own, summed.root, rest, this.#delta)
        query.low = Math.max(query.low, insideLow + found.low)
        query.estimate = summed.insidePowers + found.mean
        query.standardError = found.standardError
      })
    })
  }

  /** Whether a pair of the query may still be heavy. */
  #mayHaveMore({ summed: { dotError }, largest, low }: OpenQuery): boolean {
    const high = this.#queries.power(largest + dotError) / low
    return this.#universal.rowIds.length > 0 && !(high * (1 + endRounding(this.#universal.p)) < this.#epsilon)
  }

  #tell({ summed, low, estimate, standardError }: OpenQuery, found: IntervalPair[]): void {
    const { rowIds, p } = this.#universal
    const { power } = this.#queries
    const { dots, query, shift, root, dotError, sum } = summed
    const ends = { low, high: Math.max(low, sum.high) }
    const rowSum = Math.min(ends.high, Math.max(low, estimate))
    const least = (this.#epsilon * low) ** (1 / p) * (1 - 1e-9) - dotError
    const rounding = endRounding(p)
    for (let slot = 0; slot < dots.length; slot++) {
      const x = Math.abs(dots[slot] / root)
      if (!(x >= least)) continue
      const score = scoreInterval(power, x, dotError, ends, rounding)
      if (score.high < this.#epsilon) continue
      const middle = Math.min(score.high, Math.max(score.low, power(x) / rowSum))
      found.push({
        query,
        keyId: rowIds[slot],
        score: middle,
        dot: scalePowerOfTwo(dots[slot], -shift),
        // Relative to the estimate itself: the lower end may be far.
        slack: Math.min(1, Math.max(score.high - middle, middle - score.low) / middle),
        low: score.low,
        high: score.high,
        standardError: (middle * standardError) / rowSum,
      })
    }
  }
}

/** A dot at the threshold is known to three digits or better: else a pass over the keys tries it with better ones. */
const LEAST_DOT = 1e3

function isSettled({ low, estimate }: OpenQuery): boolean {
  return low >= (1 - ESTIMATE_TOLERANCE) * estimate
}

/** Of `count` draws, which may be a few less than the last stage has. */
function stagesWithin(dim: number, count: number): number[] {
  const whole = estimateStages(dim).filter((stage) => stage <= count)
  const last = whole.at(-1) ?? 0
  return count > last ? [...whole, count] : whole
}

/** delta over all queries, twice their stages: a bound from above would have its half. */
function chanceOfStage({ delta, queryCount }: EstimateTerms, stages: number): number {
  return delta / (2 * Math.max(1, queryCount) * stages)
}
