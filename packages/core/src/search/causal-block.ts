import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { gamma } from '../arithmetic/numeric.ts'
import type { Candidates } from '../sums/candidates.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'
import { GramSum, raiseExponents } from '../sums/gram-sum.ts'
import type { PrefixBlock } from '../bounds/causal/prefix-blocks.ts'
import { equilibrate, firstStep } from '../bounds/factor/certificate.ts'
import { type DotFilter, LARGEST_PAIR_SLACK } from '../bounds/dot-filter.ts'
import { type Factor, factorOf } from '../bounds/factor/factor.ts'
import { PairCollector } from '../pairs/pair-columns.ts'
import { prefixKeys } from '../bounds/causal/prefix-keys.ts'
import { answerWith, outcomesOf } from './answer-rows.ts'
import { PrefixNormaliser, type PrefixSums } from './prefix-sums.ts'
import { scaleQueries } from './scaled-queries.ts'
import type { SearchAnswer } from './search.ts'
import { singlePairScorer } from './single-pair.ts'

export interface CausalBlockTerms {
  readonly epsilon: number
  /** The largest ridge by which keys of the prefix were dropped. */
  readonly dropRidge: number
}

/**
 * Heavy pairs of queries that stand in one block of rows, causal, p = 2: keys of the prefix that its own factor does not
 * exclude, and the block's own rows up to the query's; the row sum is the prefix's quadratic form and the block's rows one
 * by one (theory.md section 6; NOTES.md "Causal").
 */
export class CausalBlock {
  /** Keys that may be heavy for queries of later blocks: what this prefix leaves of those that were given. */
  readonly kept: Candidates
  readonly rowStart: number
  readonly rowEnd: number // exclusive
  readonly #kernels: Kernels
  readonly #terms: CausalBlockTerms
  readonly #dim: number
  readonly #columns: Pick<Factor, 'dim' | 'exponents' | 'live'>
  readonly #normaliser: PrefixNormaliser
  readonly #rowIds: Float64Array // of the keys: those of the prefix, then the block's
  readonly #ranks: Uint32Array // each slot's own number: slots are in the order of row ids
  readonly #keys: Float64Array // k̂ [rowIds, dim]
  readonly #filter: DotFilter

  /** `held`: every key of the prefix that may be heavy, by row. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, block: PrefixBlock, held: Candidates, terms: CausalBlockTerms) {
    const { after, before, rows, rowStart, rowCount } = block
    const { dim, columnNorms, live, exponents } = equilibrate(after)
    this.#kernels = kernels
    this.#terms = terms
    this.rowStart = rowStart
    this.rowEnd = rowStart + rowCount
    this.#dim = dim
    this.#columns = { dim, exponents, live }
    const factor =
      before.rowCount === 0
        ? undefined
        : factorOf(firstStep(inColumnsOf(before, after)), before.rowCount, terms.dropRidge)
    const prefix = prefixKeys(kernels, factor, held, exponents, terms.epsilon)
    this.kept = prefix.kept
    this.#filter = prefix.filter
    const count = prefix.rowIds.length
    this.#rowIds = new Float64Array(count + rowCount)
    this.#rowIds.set(prefix.rowIds)
    for (let r = 0; r < rowCount; r++) this.#rowIds[count + r] = rowStart + r
    this.#ranks = Uint32Array.from(this.#rowIds.keys())
    this.#keys = new Float64Array((count + rowCount) * dim)
    this.#keys.set(prefix.keys)
    this.#keys.set(rows, count * dim)
    const own = this.#keys.subarray(count * dim)
    scaleColumns(own, rowCount, exponents)
    this.#normaliser = new PrefixNormaliser(kernels, {
      dim,
      factor,
      own,
      columnNorms: columnNorms.map((norm, a) => (live[a] ? norm : 0)),
      dropRidge: terms.dropRidge,
    })
  }

  /**
   * `queries` [queryCount, dim], of which the first stands at row `position` of the block. Returns the flat index of the
   * first NaN or infinity instead where there is one.
   */
  answer(
    queries: Float32Array | Float64Array,
    queryCount: number,
    position: number,
    withPairs: boolean,
  ): SearchAnswer | number {
    const kernels = this.#kernels
    const dim = this.#dim
    return withScratch(kernels, () => {
      const scaled = kernels.f64(queryCount * dim)
      const shifts = new Int32Array(queryCount)
      const bad = scaleQueries(this.#columns, queries, queryCount, scaled, shifts)
      if (bad >= 0) return bad
      const sums = this.#normaliser.normalise(scaled, queryCount, position)
      const outcomes = outcomesOf(scaled, dim, sums.certifiedRowSums)
      if (!withPairs) return answerWith(queryCount, outcomes)
      const collector = new PairCollector()
      this.#collect(collector, scaled, sums, queryCount, position)
      return answerWith(queryCount, outcomes, collector.sorted(this.#rowIds, this.#ranks, shifts))
    })
  }

  #collect(
    collector: PairCollector,
    scaled: Float64Array,
    sums: PrefixSums,
    queryCount: number,
    position: number,
  ): void {
    const dim = this.#dim
    const { epsilon } = this.#terms
    const { certifiedRowSums, relativeErrors, ownDots, whitened, sizes } = sums
    const score = singlePairScorer(scaled, this.#keys, dim, certifiedRowSums, relativeErrors)
    const visit = (query: number, rank: number) => {
      const pair = score(query, rank)
      if (!(pair.score >= epsilon * (1 - pair.slack))) return
      collector.push(query, rank, pair.score, pair.dot, pair.slack)
    }
    this.#filter.forEachHits(whitened, certifiedRowSums, relativeErrors, queryCount, epsilon, (found) => {
      const { hits, count, queryStart, slotStart } = found
      for (let i = 0; i < count; i++) visit(queryStart + hits[2 * i], slotStart + hits[2 * i + 1])
    })
    const rowCount = this.rowEnd - this.rowStart
    const prefixCount = this.#rowIds.length - rowCount
    for (let q = 0; q < queryCount; q++) {
      if (!(certifiedRowSums[q] > 0)) continue
      // A pair with a smaller dot, as computed here, has no score of epsilon (1 - slack) by any of its ways of rounding.
      const least =
        Math.sqrt(epsilon * certifiedRowSums[q]) * (1 - 1.2 * LARGEST_PAIR_SLACK) - gamma(dim + 2) * sizes[q]
      for (let r = 0; r <= position + q; r++)
        if (!(Math.abs(ownDots[q * rowCount + r]) < least)) visit(q, prefixCount + r)
    }
  }
}

/** `before` in the column exponents of `after`, which are nowhere smaller. */
function inColumnsOf(before: GramSum, after: GramSum): GramSum {
  const gram = before.gram.slice()
  raiseExponents(gram, before.exponents, after.exponents)
  const { dim, rowCount, depth } = before
  return new GramSum(dim, { gram, exponents: after.exponents.slice(), rowCount, depth })
}
