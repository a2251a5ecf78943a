import type { Kernels, PairColumnsOut } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { gamma } from '../arithmetic/numeric.ts'
import { type FilterHits, LARGEST_PAIR_SLACK, SLOT_BLOCK } from '../bounds/dot-filter.ts'
import type { PairCollector } from '../pairs/pair-columns.ts'
import { singlePairScorer } from './single-pair.ts'

/** One block of queries, in the kernels' memory: q̂ [queryCount, dim], row sums and their relative errors [queryCount]. */
interface ScoredQueries {
  readonly rows: Float64Array
  readonly rowSums: Float64Array
  readonly relativeErrors: Float64Array
}

/**
 * Scores the pairs that a filter lets pass in float64, many at a time, and collects those that reach epsilon (1 - slack).
 * The few whose plain dot is known too badly are scored one by one.
 */
export class PairScorer {
  readonly #kernels: Kernels
  readonly #queries: ScoredQueries
  readonly #keys: Float64Array
  readonly #dim: number
  readonly #epsilon: number
  readonly #collector: PairCollector
  readonly #isOneBlock: boolean
  readonly #blockKeys: Float64Array
  #slotStart = -1

  /**
   * `keys` k̂ [slots, dim]: in the kernels' memory where they are one block, else anywhere. Takes kernel scratch, which the
   * caller releases.
   */
  constructor(
    kernels: Kernels,
    queries: ScoredQueries,
    keys: Float64Array,
    dim: number,
    epsilon: number,
    collector: PairCollector,
  ) {
    this.#kernels = kernels
    this.#queries = queries
    this.#keys = keys
    this.#dim = dim
    this.#epsilon = epsilon
    this.#collector = collector
    this.#isOneBlock = keys.length <= SLOT_BLOCK * dim
    this.#blockKeys = this.#isOneBlock ? keys : kernels.f64(SLOT_BLOCK * dim)
  }

  add({ hits, count, queryStart, queryCount, slotStart, slotCount }: FilterHits): void {
    const kernels = this.#kernels
    const dim = this.#dim
    const { rows, rowSums, relativeErrors } = this.#queries
    this.#enter(slotStart, slotCount)
    withScratch(kernels, () => {
      const kept = {
        queries: kernels.u32(count),
        slots: kernels.u32(count),
        dots: kernels.f64(count),
        scores: kernels.f64(count),
        slacks: kernels.f64(count),
      }
      const keptCount = kernels.scorePairs(
        kept,
        hits,
        count,
        rows.subarray(queryStart * dim),
        queryCount,
        this.#blockKeys,
        slotCount,
        rowSums.subarray(queryStart),
        relativeErrors.subarray(queryStart),
        dim,
        {
          rounding: 2 * gamma(dim + 2),
          limit: LARGEST_PAIR_SLACK,
          epsilon: this.#epsilon,
          queryStart,
          slotStart,
        },
      )
      if (kept.slacks.subarray(0, keptCount).includes(NaN)) this.#addOneByOne(kept, keptCount)
      else this.#collector.append(kept, keptCount)
    })
  }

  /** The keys of the block, once for all queries. */
  #enter(slotStart: number, slotCount: number): void {
    if (this.#isOneBlock || slotStart === this.#slotStart) return
    this.#slotStart = slotStart
    this.#blockKeys.set(this.#keys.subarray(slotStart * this.#dim, (slotStart + slotCount) * this.#dim))
  }

  #addOneByOne({ queries, slots, dots, scores, slacks }: PairColumnsOut, count: number): void {
    const { rows, rowSums, relativeErrors } = this.#queries
    const scoreOf = singlePairScorer(rows, this.#keys, this.#dim, rowSums, relativeErrors)
    for (let i = 0; i < count; i++) {
      const known = { score: scores[i], dot: dots[i], slack: slacks[i] }
      const { score, dot, slack } = Number.isNaN(known.slack) ? scoreOf(queries[i], slots[i]) : known
      if (score >= this.#epsilon * (1 - slack)) this.#collector.push(queries[i], slots[i], score, dot, slack)
    }
  }
}
