import { scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { answerWith } from './answer-rows.ts'
import { columnsOf, endRounding, type IntervalPair, scoreInterval } from './interval-pairs.ts'
import { PowerQueries, type SummedQuery } from './power-queries.ts'
import { type EstimatedRowSum, RowSumEstimates } from './row-sum-estimates.ts'
import type { QueryBlock, Search, SearchAnswer, SearchTerms } from './search.ts'

/** A query is settled where its lower end is at least 1 less this of its estimate: pairs between the two are told, heavy or not. */
const TOLERANCE = 0.05

/**
 * p other than 2, by draws from the keys outside U: a pair is told unless |<q,k>|^p is below epsilon times a lower end of the
 * row sum that holds but for a chance of delta over all queries, so none is missed but for that chance. More draws are looked at
 * only for queries that still have a pair to tell (docs/theory.md section 4, "A one-sided estimate").
 */
export class EstimateSearch implements Search {
  readonly #universal: UniversalSet
  readonly #epsilon: number
  readonly #queries: PowerQueries
  readonly #rowSums: RowSumEstimates

  /** Holds kernel scratch for as long as it lives: give it kernels of its own. Throws Internal where the set has no draws. */
  constructor(kernels: Kernels, universal: UniversalSet, { epsilon }: Pick<SearchTerms, 'epsilon'>) {
    this.#universal = universal
    this.#epsilon = epsilon
    this.#queries = new PowerQueries(kernels, universal)
    this.#rowSums = new RowSumEstimates(kernels, universal, this.#queries.power)
  }

  pairs(block: QueryBlock): SearchAnswer | number {
    const found: IntervalPair[] = []
    return this.#answer(block, found, (open) => {
      this.#rowSums.improve(open, (rowSum) => !isSettled(rowSum) && this.#mayHaveMore(rowSum))
      for (const rowSum of open) this.#tell(rowSum, found)
    })
  }

  /** Which queries are certified is known before draws are looked at. */
  settle(block: QueryBlock): SearchAnswer | number {
    return this.#answer(block, [], () => undefined)
  }

  /** Hands the row sums of queries that may have a pair to `take`, which fills `found`. */
  #answer(
    block: QueryBlock,
    found: IntervalPair[],
    take: (open: readonly EstimatedRowSum[]) => void,
  ): SearchAnswer | number {
    const outcomes = { undefinedRows: [] as number[], uncertified: [] as number[] }
    const draws = new Uint32Array(block.count)
    const bad = this.#queries.forSome(block, outcomes, (queries, unsummed) => {
      for (const { query } of unsummed) outcomes.uncertified.push(query)
      const open: EstimatedRowSum[] = []
      for (const summed of queries) {
        // U is empty: no key outside it is heavy.
        if (summed.dots.length === 0 && this.#isCovered) continue
        const begun = this.#begin(summed)
        if (begun === undefined) outcomes.uncertified.push(summed.query)
        else if (this.#mayHaveMore(begun)) open.push(begun)
      }
      take(open)
      for (const { summed, drawn } of open) draws[summed.query] = drawn
    })
    if (bad >= 0) return bad
    outcomes.uncertified.sort((a, b) => a - b)
    return { ...answerWith(block.count, outcomes, columnsOf(found)), draws }
  }

  /** Undefined where keys that a ridge dropped may be heavy, and as `RowSumEstimates.begin`. */
  #begin(summed: SummedQuery): EstimatedRowSum | undefined {
    if (!this.#isCovered) return undefined
    return this.#rowSums.begin(summed, this.#epsilon)
  }

  /** Whether no key that a ridge dropped may be heavy. */
  get #isCovered(): boolean {
    return this.#queries.ridgeShare < this.#epsilon
  }

  /** Whether a pair of the query may be heavy. */
  #mayHaveMore({ summed: { dots, dotError }, largest, low }: EstimatedRowSum): boolean {
    const high = (this.#queries.power(largest + dotError) / low) * (1 + endRounding(this.#universal.p))
    return dots.length > 0 && !(high < this.#epsilon)
  }

  #tell({ summed, low, estimate, standardError }: EstimatedRowSum, found: IntervalPair[]): void {
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
      const { low: scoreLow, high: scoreHigh } = scoreInterval(power, x, dotError, ends, rounding)
      if (scoreHigh < this.#epsilon) continue
      const score = Math.min(scoreHigh, Math.max(scoreLow, power(x) / rowSum))
      found.push({
        query,
        keyId: rowIds[slot],
        score,
        dot: scalePowerOfTwo(dots[slot], -shift),
        // Relative to the estimate itself: the lower end may be far.
        slack: Math.min(1, Math.max(scoreHigh - score, score - scoreLow) / score),
        low: scoreLow,
        high: scoreHigh,
        standardError: (score * standardError) / rowSum,
      })
    }
  }
}

function isSettled({ low, estimate }: EstimatedRowSum): boolean {
  return low >= (1 - TOLERANCE) * estimate
}
