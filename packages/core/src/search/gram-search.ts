import type { Kernels } from '../kernels/kernels.ts'
import { scaleColumns } from '../summary/column-exponents.ts'
import { DotFilter, SLOT_BLOCK } from '../universal/dot-filter.ts'
import { type Factor, whiteningErrorOf } from '../universal/factor.ts'
import { type NormalisedQueries, Normaliser } from './normaliser.ts'
import { NO_PAIRS, PairCollector, type PairColumns } from '../universal/pair-columns.ts'
import { scaleQueriesBy } from './scaled-queries.ts'
import { copyIn } from '../kernels/copy-in.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { Scorer } from '../universal/scorer.ts'
import { Survivors } from './pair-scorer.ts'
import type { UniversalSet } from '../universal/universal-set.ts'

/** Queries of one call: enough to amortise packing, few enough for the scratch. */
export const QUERY_BLOCK_ROWS = 1024

/** What a block of queries gave. `query` numbers count from the block's start. */
export interface SearchResult {
  readonly pairs: PairColumns
  /** Share of each row sum inside U; NaN where undefined or unsettled. */
  readonly mass: Float64Array
  /** Queries all of whose live entries are zero: their row sum is zero. */
  readonly zero: number[]
  /** Queries that the certificate does not cover: they need an exact pass over the keys. */
  readonly unsettled: number[]
}

/**
 * Finds the heavy pairs of query blocks within one universal set: float32 filter in whitened coordinates, then every
 * survivor's score in float64 with its own error bound (theory.md sections 4 and 5). Reported iff
 * score >= epsilon (1 - slack_ij).
 */
export class HeavySearch {
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
  constructor(kernels: Kernels, universal: UniversalSet, epsilon = universal.epsilon) {
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

  /**
   * `queries` [queryCount, dim], at most QUERY_BLOCK_ROWS rows, anywhere in memory. Returns the flat index of the first
   * NaN or infinity instead where there is one.
   */
  search(queries: Float32Array | Float64Array, queryCount: number): SearchResult | number {
    return this.#answer(queries, queryCount, true)
  }

  /** As `search`, but looks for no pairs: only tells which queries are zero or unsettled. */
  settle(queries: Float32Array | Float64Array, queryCount: number): SearchResult | number {
    return this.#answer(queries, queryCount, false)
  }

  #answer(
    queries: Float32Array | Float64Array,
    queryCount: number,
    withPairs: boolean,
  ): SearchResult | number {
    const kernels = this.#kernels
    const { dim, factor } = this.#universal
    return withScratch(kernels, () => {
      const scaled = kernels.f64(queryCount * dim)
      const shifts = new Int32Array(queryCount)
      const bad = scaleQueriesBy(kernels, factor, queries, queryCount, scaled, shifts)
      if (bad >= 0) return bad
      const normalised = this.#normaliser.normalise(scaled, queryCount)
      const { zero, unsettled } = this.#triage(scaled, normalised, queryCount)
      if (!withPairs) return { pairs: NO_PAIRS, mass: new Float64Array(queryCount), zero, unsettled }
      const pairs = this.#pairs(scaled, shifts, normalised, queryCount)
      return { pairs, mass: this.#mass(normalised, queryCount), zero, unsettled }
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

  #triage(scaled: Float64Array, { searched, settledCount }: NormalisedQueries, queryCount: number) {
    const { dim } = this.#universal
    const zero: number[] = []
    const unsettled: number[] = []
    if (settledCount === queryCount) return { zero, unsettled }
    for (let q = 0; q < queryCount; q++) {
      if (searched[q] > 0) continue
      const isZero = scaled.subarray(q * dim, (q + 1) * dim).every((value) => value === 0)
      ;(isZero ? zero : unsettled).push(q)
    }
    return { zero, unsettled }
  }

  #pairs(
    scaled: Float64Array,
    shifts: Int32Array,
    { whitened, searched, relativeErrors }: NormalisedQueries,
    queryCount: number,
  ): PairColumns {
    const { dim } = this.#universal
    const pairs = new PairCollector()
    const queries = { rows: scaled, rowSums: searched, relativeErrors }
    const survivors = new Survivors(this.#kernels, queries, this.#keys, dim, this.#epsilon, pairs)
    this.#filter.forEachHits(whitened, searched, relativeErrors, queryCount, this.#epsilon, (found) =>
      survivors.add(found),
    )
    return pairs.sorted(this.#sortedRowIds, this.#rankOfSlot, shifts)
  }

  /** zᵀ (Σ_U x xᵀ) z / N: the share of the row sum inside U, within [0, 1]. */
  #mass({ whitened, searched }: NormalisedQueries, queryCount: number): Float64Array {
    const { dim } = this.#universal
    const product = this.#kernels.f64(queryCount * dim)
    this.#kernels.multiply(product, whitened, this.#insideGram, queryCount, dim, dim)
    const inside = this.#kernels.f64(queryCount)
    this.#kernels.rowDots(inside, product, whitened, queryCount, dim)
    const mass = new Float64Array(queryCount)
    for (let q = 0; q < queryCount; q++)
      mass[q] = searched[q] > 0 ? Math.min(1, inside[q] / searched[q]) : NaN
    return mass
  }
}
