import { gamma } from '../arithmetic/numeric.ts'
import { powerFunction } from '../arithmetic/power.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import {
  type Interval,
  largestSquare,
  LEAST_POWER_SUM,
  type PowerEvidence,
  powerInterval,
  squaresOutside,
} from '../bounds/power/power-interval.ts'
import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { isZeroRow } from './answer-rows.ts'
import { KeyDots } from './key-dots.ts'
import { type NormalisedQueries, Normaliser } from './normaliser.ts'
import { scaleQueriesBy } from './scaled-queries.ts'
import type { QueryBlock } from './search.ts'

/** A query of which U holds every heavy key. */
export interface DottedQuery {
  /** In the block. */
  readonly query: number
  /** <q̂, k̂> with the keys of U [|U|], and q̂ itself [dim], in the kernels' memory. */
  readonly dots: Float64Array
  readonly scaled: Float64Array
  /** <q̂, k̂> = 2^shift <q, k>. */
  readonly shift: number
  /** No <q̂, k̂> is off by more. */
  readonly roundingError: number
}

/** A query whose row sum has certified ends, in units of x = <q, k> / root. */
export interface SummedQuery extends DottedQuery {
  readonly root: number
  /** No x is off by more. */
  readonly dotError: number
  /** Relative error of Σ x² over all keys, which is 1 by the scale of x. */
  readonly squaresError: number
  /** Σ |x|^p over U. */
  readonly insidePowers: number
  /** Ends of the row sum, and of Σ x² outside U. */
  readonly sum: Interval
  readonly restSquares: Interval
  /** No x² outside U is larger. */
  readonly largestSquare: number
}

/** Queries without pairs, and those that U alone does not decide. */
export interface OpenOutcomes {
  readonly undefinedRows: number[]
  readonly uncertified: number[]
}

/** p other than 2: queries with their dots in U and the certified interval of their row sum (theory.md section 4). */
export class PowerQueries {
  readonly power: (x: number) => number
  readonly #kernels: Kernels
  readonly #universal: UniversalSet
  readonly #p: number
  readonly #gramFactor: Factor
  readonly #gramNormaliser: Normaliser
  readonly #coverNormaliser: Normaliser | undefined
  readonly #dots: KeyDots

  /** Holds kernel scratch for as long as it lives. Throws Internal where the set has no factor of G. */
  constructor(kernels: Kernels, universal: UniversalSet) {
    this.#kernels = kernels
    this.#universal = universal
    const { factor, gramFactor, keys } = universal
    if (!gramFactor) throw new LevError('Internal', 'a set of p other than 2 without the factor of G')
    this.#p = factor.power?.p ?? 2
    this.power = powerFunction(this.#p)
    this.#gramFactor = gramFactor
    this.#gramNormaliser = new Normaliser(kernels, gramFactor)
    const hides = Math.max(factor.ridge, factor.dropRidge) > 0
    this.#coverNormaliser = hides ? new Normaliser(kernels, factor) : undefined
    this.#dots = new KeyDots(kernels, { keys, exponents: factor.exponents })
  }

  /** What no query of the set can exclude: keys that a ridge dropped may take so much. */
  get ridgeShare(): number {
    return this.#universal.droppedKeys?.ridgeShare ?? 0
  }

  /**
   * Hands the queries of `block` to `take`, some at a time and in order, those of which G does not tell the row sum by themselves; but
   * for those that are undefined or left to a pass over the keys: `outcomes` tells these. Returns -1, or the index of the first NaN or
   * infinity.
   */
  forSome(
    { rows, count }: QueryBlock,
    outcomes: OpenOutcomes,
    take: (queries: readonly SummedQuery[], unsummed: readonly DottedQuery[]) => void,
  ): number {
    const kernels = this.#kernels
    const { dim } = this.#universal
    return withScratch(kernels, () => {
      const scaled = kernels.f64(count * dim)
      const shifts = new Int32Array(count)
      const bad = scaleQueriesBy(kernels, this.#gramFactor, rows, count, scaled, shifts)
      if (bad >= 0) return bad
      const normalised = this.#gramNormaliser.normalise(scaled, count)
      const covered = this.#coverNormaliser?.normalise(scaled, count).certifiedRowSums
      const step = this.#dots.queriesAtOnce
      for (let start = 0; start < count; start += step) {
        const some = Math.min(step, count - start)
        const { summed, unsummed } = this.#summed(scaled, shifts, normalised, covered, start, some, outcomes)
        take(summed, unsummed)
      }
      return -1
    })
  }

  #summed(
    scaled: Float64Array,
    shifts: Int32Array,
    normalised: NormalisedQueries,
    covered: Float64Array | undefined,
    start: number,
    count: number,
    { undefinedRows, uncertified }: OpenOutcomes,
  ): { summed: SummedQuery[]; unsummed: DottedQuery[] } {
    const { dim, rowIds } = this.#universal
    const slots = rowIds.length
    const dots = this.#dots.of(scaled.subarray(start * dim, (start + count) * dim), count)
    const summed: SummedQuery[] = []
    const unsummed: DottedQuery[] = []
    // Without a ridge the row sum of G is not known well enough, and that is all.
    const mayHide = Math.max(this.#gramFactor.ridge, this.#gramFactor.dropRidge) > 0
    for (let i = 0; i < count; i++) {
      const query = start + i
      const { certifiedRowSums } = normalised
      if (isZeroRow(scaled, query, dim)) undefinedRows.push(query)
      else if (covered?.[query] === 0) uncertified.push(query)
      else {
        const row = scaled.subarray(query * dim, (query + 1) * dim)
        const dotted = {
          query,
          dots: dots.subarray(i * slots, (i + 1) * slots),
          scaled: row,
          shift: shifts[query],
          roundingError: 1.01 * gamma(dim + 4) * this.#columnSize(row),
        }
        const known = certifiedRowSums[query] === 0 ? undefined : this.#sumOf(dotted, normalised)
        if (known && known.sum.low >= LEAST_POWER_SUM) summed.push(known)
        else if (mayHide) uncertified.push(query)
        else unsummed.push(dotted)
      }
    }
    return { summed, unsummed }
  }

  #sumOf(dotted: DottedQuery, { rowSums, relativeErrors }: NormalisedQueries): SummedQuery {
    const { rowCount, epsilon, droppedKeys, estimate } = this.#universal
    const { power } = this
    const { query, dots, roundingError } = dotted
    const root = Math.sqrt(rowSums[query])
    let insideSquares = 0
    let insidePowers = 0
    for (const dot of dots) {
      const x = dot / root
      insideSquares += x * x
      if (x !== 0) insidePowers += power(x)
    }
    const dotError = roundingError / root
    const squaresError = relativeErrors[query]
    const evidence: PowerEvidence = {
      p: this.#p,
      restShare: Math.max(epsilon, this.ridgeShare),
      restLeverage: Math.min(droppedKeys?.leverage ?? 1, estimate?.draws.largestLeverage ?? 1),
      insideCount: dots.length,
      restCount: rowCount - dots.length,
      insideSquares,
      insidePowers,
      dotError,
      squaresError,
    }
    return {
      ...dotted,
      root,
      dotError,
      squaresError,
      insidePowers,
      sum: powerInterval(evidence),
      restSquares: squaresOutside(evidence),
      largestSquare: largestSquare(evidence),
    }
  }

  /** Σ_a |q̂_a| D_a >= Σ_a |q̂_a k̂_ja| for every key. */
  #columnSize(scaled: Float64Array): number {
    const { columnNorms, live, dim } = this.#gramFactor
    let size = 0
    for (let a = 0; a < dim; a++) if (live[a]) size += Math.abs(scaled[a]) * columnNorms[a]
    return size
  }
}
