import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'
import { DotFilter, SLOT_BLOCK } from '../bounds/dot-filter.ts'
import { type Factor, whiteningErrorOf } from '../bounds/factor/factor.ts'
import { PairCollector, type PairColumns } from '../pairs/pair-columns.ts'
import { Scorer } from '../bounds/scorer.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { answerWith, outcomesOf } from './answer-rows.ts'
import { type NormalisedQueries, Normaliser } from './normaliser.ts'
import { PairScorer } from './pair-scorer.ts'
import { scaleQueriesBy } from './scaled-queries.ts'
import {
  QUERY_BLOCK_ROWS,
  type QueryBlock,
  type Search,
  type SearchAnswer,
  type SearchTerms,
} from './search.ts'

const NONE = { undefinedRows: [], uncertified: [] }

/**
 * Row sums for p = 2 are quadratic forms of G: float32 filter in whitened coordinates, then every
 * survivor's score in float64 with its own error bound (theory.md sections 4 and 5). Reported iff
 * score >= epsilon (1 - slack_ij).
 */
export class GramSearch implements Search {
  readonly #kernels: Kernels
  readonly #universal: UniversalSet
  readonly #keys: Float64Array // k̂ [|U|, dim]
  readonly #filter: DotFilter
  readonly #normaliser: Normaliser
  readonly #insideGram: Float64Array // Σ_U x xᵀ [dim, dim], both triangles
  readonly #epsilon: number
  readonly #sortedRowIds: Float64Array
  readonly #rankOfSlot: Uint32Array // place of a slot's row id among the sorted ones

  /** Holds kernel scratch for as long as it lives: give it kernels of its own, or release a mark from before. */
  constructor(kernels: Kernels, universal: UniversalSet, { epsilon }: Pick<SearchTerms, 'epsilon'>) {
    this.#kernels = kernels
    this.#universal = universal
    this.#epsilon = epsilon
    const { dim, factor, rowIds } = universal
    this.#sortedRowIds = rowIds.slice().sort()
    this.#rankOfSlot = new Uint32Array(rowIds.length)
    const slots = Uint32Array.from(rowIds.keys()).sort((a, b) => rowIds[a] - rowIds[b])
    slots.forEach((slot, rank) => {
      this.#rankOfSlot[slot] = rank
    })
    // One block stays where the kernels read it.
    const { length } = universal.keys
    this.#keys = length <= SLOT_BLOCK * dim ? kernels.f64(length) : new Float64Array(length)
    this.#keys.set(universal.keys)
    if (universal.keys instanceof Float64Array)
      scaleColumns(this.#keys, universal.rowIds.length, factor.exponents)
    this.#normaliser = new Normaliser(kernels, factor)
    this.#insideGram = kernels.f64(dim * dim)
    const whitened = this.#whiten(factor)
    this.#filter = new DotFilter(kernels, dim, whitened, whiteningErrorOf(factor))
  }

  pairs(block: QueryBlock): SearchAnswer | number {
    return this.#answer(block, true)
  }

  settle(block: QueryBlock): SearchAnswer | number {
    return this.#answer(block, false)
  }

  #answer({ rows, count }: QueryBlock, withPairs: boolean): SearchAnswer | number {
    const kernels = this.#kernels
    const { dim, factor } = this.#universal
    return withScratch(kernels, () => {
      const scaled = kernels.f64(count * dim)
      const shifts = new Int32Array(count)
      const bad = scaleQueriesBy(kernels, factor, rows, count, scaled, shifts)
      if (bad >= 0) return bad
      const normalised = this.#normaliser.normalise(scaled, count)
      const { certifiedRowSums, certifiedCount } = normalised
      const outcomes = certifiedCount === count ? NONE : outcomesOf(scaled, dim, certifiedRowSums)
      if (!withPairs) return answerWith(count, outcomes)
      const pairs = this.#pairs(scaled, shifts, normalised, count)
      return answerWith(count, outcomes, pairs, this.#mass(normalised, count))
    })
  }

  /** Whitened keys x = lower⁻¹ y as float32 [|U|, dim], and their Gram. */
  #whiten(factor: Factor): Float32Array {
    const kernels = this.#kernels
    const { dim } = factor
    const slotCount = this.#universal.rowIds.length
    const whitened = new Float32Array(slotCount * dim)
    withScratch(kernels, () => {
      const scorer = new Scorer(kernels, factor, QUERY_BLOCK_ROWS)
      const tau = kernels.f64(QUERY_BLOCK_ROWS)
      const x = kernels.f64(QUERY_BLOCK_ROWS * dim)
      for (let start = 0; start < slotCount; start += QUERY_BLOCK_ROWS) {
        const count = Math.min(QUERY_BLOCK_ROWS, slotCount - start)
        withScratch(kernels, () => {
          scorer.score(
            tau,
            copyIn(kernels, this.#keys.subarray(start * dim, (start + count) * dim)),
            count,
            x,
          )
          kernels.addGram(this.#insideGram, x, count, dim)
          whitened.set(x.subarray(0, count * dim), start * dim)
        })
      }
    })
    for (let a = 0; a < dim; a++)
      for (let b = 0; b < a; b++) this.#insideGram[a * dim + b] = this.#insideGram[b * dim + a]
    return whitened
  }

  #pairs(
    scaled: Float64Array,
    shifts: Int32Array,
    { whitened, certifiedRowSums, relativeErrors }: NormalisedQueries,
    queryCount: number,
  ): PairColumns {
    const { dim } = this.#universal
    const pairs = new PairCollector()
    const queries = { rows: scaled, rowSums: certifiedRowSums, relativeErrors }
    const scorer = new PairScorer(this.#kernels, queries, this.#keys, dim, this.#epsilon, pairs)
    this.#filter.forEachHits(whitened, certifiedRowSums, relativeErrors, queryCount, this.#epsilon, (found) =>
      scorer.add(found),
    )
    return pairs.sorted(this.#sortedRowIds, this.#rankOfSlot, shifts)
  }

  /** zᵀ (Σ_U x xᵀ) z / N: the share of the row sum inside U, within [0, 1]. */
  #mass({ whitened, certifiedRowSums }: NormalisedQueries, queryCount: number): Float64Array {
    const { dim } = this.#universal
    const product = this.#kernels.f64(queryCount * dim)
    this.#kernels.multiply(product, whitened, this.#insideGram, queryCount, dim, dim)
    const inside = this.#kernels.f64(queryCount)
    this.#kernels.rowDots(inside, product, whitened, queryCount, dim)
    const mass = new Float64Array(queryCount)
    for (let q = 0; q < queryCount; q++)
      mass[q] = certifiedRowSums[q] > 0 ? Math.min(1, inside[q] / certifiedRowSums[q]) : NaN
    return mass
  }
}
