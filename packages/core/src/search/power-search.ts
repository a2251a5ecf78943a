import type { Kernels } from '../kernels/kernels.ts'
import { scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import { type HeavyPair, NO_PAIRS } from '../pairs/pair-columns.ts'
import type { Interval } from '../bounds/power/power-interval.ts'
import { DroppedKeysSample } from '../universal/dropped-keys.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { answerWith } from './answer-rows.ts'
import { columnsOf, endRounding, exactColumnsOf, type IntervalPair, scoreInterval } from './interval-pairs.ts'
import { MomentPairs } from './moment-pairs.ts'
import { type DottedQuery, PowerQueries, type SummedQuery } from './power-queries.ts'
import type { QueryBlock, ScoresMode, Search, SearchAnswer, SearchTerms } from './search.ts'

/**
 * p other than 2, from U and G: the row sum lies in a certified interval (theory.md section 4), and a
 * pair can be heavy only where |<q,k>|^p reaches epsilon times its lower end. p = 4 and scores exact: where the set has the
 * keys' fourth moments, these give the row sum of a query with such a pair.
 */
export class PowerSearch implements Search {
  readonly #universal: UniversalSet
  readonly #epsilon: number
  readonly #scores: ScoresMode
  readonly #queries: PowerQueries
  readonly #sampled: DroppedKeysSample | undefined
  readonly #moments: MomentPairs | undefined

  /** Holds kernel scratch for as long as it lives: give it kernels of its own. Throws Internal where the set has no factor of G. */
  constructor(kernels: Kernels, universal: UniversalSet, { epsilon, scores }: SearchTerms) {
    this.#universal = universal
    this.#epsilon = epsilon
    this.#scores = scores
    this.#queries = new PowerQueries(kernels, universal)
    const { factor, droppedKeys, moments } = universal
    if (droppedKeys?.sample) this.#sampled = new DroppedKeysSample(droppedKeys.sample, factor.exponents)
    // Keys that a ridge dropped may be heavy in any query.
    const isHidden = this.#queries.ridgeShare >= epsilon
    if (moments && scores === 'exact' && !isHidden)
      this.#moments = new MomentPairs(kernels, universal, moments, epsilon)
  }

  pairs(block: QueryBlock): SearchAnswer | number {
    const outcomes = { undefinedRows: [] as number[], uncertified: [] as number[] }
    const found: IntervalPair[] = []
    const exact: HeavyPair[] = []
    const bad = this.#queries.forSome(block, outcomes, (queries, unsummed) => {
      const open: DottedQuery[] = [...unsummed]
      for (const summed of queries) {
        const pairs = this.#pairs(summed)
        if (pairs === undefined) open.push(summed)
        else for (const pair of pairs.sure) found.push(pair)
        if (pairs?.isUncertain) outcomes.uncertified.push(summed.query)
      }
      const settled = this.#moments?.of(open)
      open.forEach(({ query }, i) => {
        const pairs = settled?.[i]
        if (pairs) exact.push(...pairs)
        else outcomes.uncertified.push(query)
      })
    })
    if (bad >= 0) return bad
    outcomes.uncertified.sort((a, b) => a - b)
    const columns = this.#scores === 'exact' ? exactColumnsOf(exact) : columnsOf(found)
    return answerWith(block.count, outcomes, columns)
  }

  /** Which queries are certified depends on their pairs here, so they are looked for. */
  settle(block: QueryBlock): SearchAnswer | number {
    const answer = this.pairs(block)
    return typeof answer === 'number' ? answer : { ...answer, pairs: NO_PAIRS }
  }

  /** The pairs of one query that are heavy for certain; undefined where its row sum is to decide, to be known exactly. */
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
