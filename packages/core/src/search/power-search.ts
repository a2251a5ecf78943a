import type { Kernels } from '../kernels/kernels.ts'
import { scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import { NO_PAIRS } from '../pairs/pair-columns.ts'
import type { Interval } from '../bounds/power/power-interval.ts'
import { DroppedKeysSample } from '../universal/dropped-keys.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { answerWith } from './answer-rows.ts'
import { columnsOf, endRounding, type IntervalPair, scoreInterval } from './interval-pairs.ts'
import { PowerQueries, type SummedQuery } from './power-queries.ts'
import type { QueryBlock, ScoresMode, Search, SearchAnswer, SearchTerms } from './search.ts'

/**
 * p other than 2, from U and G: the row sum lies in a certified interval (theory.md section 4), and a
 * pair can be heavy only where |<q,k>|^p reaches epsilon times its lower end.
 */
export class PowerSearch implements Search {
  readonly #universal: UniversalSet
  readonly #epsilon: number
  readonly #scores: ScoresMode
  readonly #queries: PowerQueries
  readonly #sampled: DroppedKeysSample | undefined

  /** Holds kernel scratch for as long as it lives: give it kernels of its own. Throws Internal where the set has no factor of G. */
  constructor(kernels: Kernels, universal: UniversalSet, { epsilon, scores }: SearchTerms) {
    this.#universal = universal
    this.#epsilon = epsilon
    this.#scores = scores
    this.#queries = new PowerQueries(kernels, universal)
    const { factor, droppedKeys } = universal
    if (droppedKeys?.sample) this.#sampled = new DroppedKeysSample(droppedKeys.sample, factor.exponents)
  }

  pairs(block: QueryBlock): SearchAnswer | number {
    const outcomes = { undefinedRows: [] as number[], uncertified: [] as number[] }
    const found: IntervalPair[] = []
    const bad = this.#queries.forSome(block, outcomes, (queries) => {
      for (const summed of queries) {
        const pairs = this.#pairs(summed)
        if (pairs === undefined) outcomes.uncertified.push(summed.query)
        else for (const pair of pairs.sure) found.push(pair)
        if (pairs?.isUncertain) outcomes.uncertified.push(summed.query)
      }
    })
    if (bad >= 0) return bad
    outcomes.uncertified.sort((a, b) => a - b)
    return answerWith(block.count, outcomes, columnsOf(found))
  }

  /** Which queries are certified depends on their pairs here, so they are looked for. */
  settle(block: QueryBlock): SearchAnswer | number {
    const answer = this.pairs(block)
    return typeof answer === 'number' ? answer : { ...answer, pairs: NO_PAIRS }
  }

  /** The pairs of one query that are heavy for certain; undefined where a pass over the keys is to decide it. */
  #pairs(summed: SummedQuery): { sure: IntervalPair[]; isUncertain: boolean } | undefined {
    const { rowIds, p } = this.#universal
    const { dots, query, shift, root, dotError, sum, insidePowers, scaled } = summed
    const { power, ridgeShare } = this.#queries
    const least = (this.#epsilon * sum.low) ** (1 / p) * (1 - 1e-9) - dotError
    const rounding = endRounding(p)
    const sure: IntervalPair[] = []
    let isUncertain = ridgeShare >= this.#epsilon
    const estimate = () => insidePowers + (this.#sampled?.powers(scaled, root, power) ?? 0)
    let rowSum: number | undefined
    for (let slot = 0; slot < dots.length; slot++) {
      const x = Math.abs(dots[slot] / root)
      if (!(x >= least) || x + dotError === 0) continue
      const score = scoreInterval(power, x, dotError, sum, rounding)
      if (score.high < this.#epsilon) continue
      if (this.#scores === 'exact') return undefined
      if (score.low < this.#epsilon) isUncertain = true
      else {
        if (this.#sampled) rowSum ??= estimate()
        const middle = rowSum === undefined ? undefined : power(x) / rowSum
        sure.push(intervalPair(query, rowIds[slot], score, scalePowerOfTwo(dots[slot], -shift), middle))
      }
    }
    return { sure, isUncertain }
  }
}

/** `estimate`: of the score, where a sample gives one; else the middle is told. */
function intervalPair(
  query: number,
  keyId: number,
  { low, high }: Interval,
  dot: number,
  estimate?: number,
): IntervalPair {
  const score = estimate === undefined ? low + (high - low) / 2 : Math.min(high, Math.max(low, estimate))
  return { query, keyId, score, dot, slack: Math.max(high - score, score - low) / low, low, high }
}
