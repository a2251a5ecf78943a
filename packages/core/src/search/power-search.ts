import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../numeric.ts'
import { scalePowerOfTwo } from '../summary/column-exponents.ts'
import type { Factor } from '../universal/factor.ts'
import type { SearchResult } from './gram-search.ts'
import { type NormalisedQueries, Normaliser } from './normaliser.ts'
import { type HeavyPair, NO_PAIRS, type PairColumns } from '../universal/pair-columns.ts'
import { powerFunction } from '../universal/power.ts'
import { type Interval, LEAST_POWER_SUM, powerInterval } from '../universal/power-interval.ts'
import { scaleQueriesBy } from './scaled-queries.ts'
import { SampledRest } from '../universal/sampled-rest.ts'
import { SlotDots } from './universal-dots.ts'
import type { UniversalSet } from '../universal/universal-set.ts'

/** exact: a query with a pair that may be heavy is left to a pass over the keys; interval: only an undecided one. */
export type ScoresMode = 'exact' | 'interval'

/** A pair that is heavy for certain, and the ends of its score. */
interface IntervalPair extends HeavyPair {
  readonly low: number
  readonly high: number
}

type Settled = Omit<SearchResult, 'pairs'> & { readonly pairs: IntervalPair[] }

/**
 * Settles queries for p other than 2 from U and G: the row sum lies in a certified interval (theory.md section 4), and a
 * pair can be heavy only where |<q,k>|^p reaches epsilon times its lower end.
 */
export class PowerSearch {
  readonly #kernels: Kernels
  readonly #universal: UniversalSet
  readonly #epsilon: number
  readonly #mode: ScoresMode
  readonly #plain: Factor
  readonly #plainNormaliser: Normaliser
  readonly #coverNormaliser: Normaliser | undefined
  readonly #dots: SlotDots
  readonly #sampled: SampledRest | undefined

  /** Holds kernel scratch for as long as it lives: give it kernels of its own. */
  constructor(kernels: Kernels, universal: UniversalSet, plain: Factor, epsilon: number, mode: ScoresMode) {
    this.#kernels = kernels
    this.#universal = universal
    this.#epsilon = epsilon
    this.#mode = mode
    this.#plain = plain
    this.#plainNormaliser = new Normaliser(kernels, plain)
    const { factor, rest } = universal
    const hides = Math.max(factor.ridge, factor.dropRidge) > 0
    this.#coverNormaliser = hides ? new Normaliser(kernels, factor) : undefined
    this.#dots = new SlotDots(kernels, universal)
    if (rest?.sample) this.#sampled = new SampledRest(rest.sample, factor.exponents)
  }

  /** As HeavySearch.search. */
  search(queries: Float32Array | Float64Array, queryCount: number): SearchResult | number {
    return this.#answer(queries, queryCount)
  }

  /** As HeavySearch.settle: which queries are settled depends on their pairs here, so they are looked for. */
  settle(queries: Float32Array | Float64Array, queryCount: number): SearchResult | number {
    const answer = this.#answer(queries, queryCount)
    return typeof answer === 'number' ? answer : { ...answer, pairs: NO_PAIRS }
  }

  #answer(queries: Float32Array | Float64Array, queryCount: number): SearchResult | number {
    const kernels = this.#kernels
    const { dim } = this.#universal
    return withScratch(kernels, () => {
      const scaled = kernels.f64(queryCount * dim)
      const shifts = new Int32Array(queryCount)
      const bad = scaleQueriesBy(kernels, this.#plain, queries, queryCount, scaled, shifts)
      if (bad >= 0) return bad
      const result: Settled = {
        pairs: [],
        mass: new Float64Array(queryCount).fill(NaN),
        zero: [],
        unsettled: [],
      }
      const normalised = this.#plainNormaliser.normalise(scaled, queryCount)
      const covered = this.#coverNormaliser?.normalise(scaled, queryCount).searched
      const step = this.#dots.queriesAtOnce
      for (let start = 0; start < queryCount; start += step) {
        const count = Math.min(step, queryCount - start)
        this.#settleSome(result, scaled, shifts, normalised, covered, start, count)
      }
      return { ...result, pairs: columnsOf(result.pairs) }
    })
  }

  #settleSome(
    result: Settled,
    scaled: Float64Array,
    shifts: Int32Array,
    normalised: NormalisedQueries,
    covered: Float64Array | undefined,
    start: number,
    count: number,
  ): void {
    const { dim, rowIds } = this.#universal
    const slots = rowIds.length
    const dots = this.#dots.of(scaled.subarray(start * dim, (start + count) * dim), count)
    for (let i = 0; i < count; i++) {
      const query = start + i
      const isZero = scaled.subarray(query * dim, (query + 1) * dim).every((value) => value === 0)
      if (isZero) result.zero.push(query)
      else if (normalised.searched[query] === 0 || covered?.[query] === 0) result.unsettled.push(query)
      else {
        const own = dots.subarray(i * slots, (i + 1) * slots)
        const pairs = this.#pairs(own, scaled, query, shifts[query], normalised)
        if (pairs === undefined) result.unsettled.push(query)
        else for (const pair of pairs.sure) result.pairs.push(pair)
        if (pairs?.undecided) result.unsettled.push(query)
      }
    }
  }

  /** The pairs of one query that are heavy for certain; undefined where a pass over the keys is to decide it. */
  #pairs(
    dots: Float64Array,
    scaled: Float64Array,
    query: number,
    shift: number,
    { rowSums, relativeErrors }: NormalisedQueries,
  ): { sure: IntervalPair[]; undecided: boolean } | undefined {
    const { rowIds, factor, dim, rowCount, epsilon, rest } = this.#universal
    const ridgeShare = rest?.ridgeShare ?? 0
    const p = factor.power?.p ?? 2
    const root = Math.sqrt(rowSums[query])
    const power = powerFunction(p)
    let insideSquares = 0
    let insidePowers = 0
    for (const dot of dots) {
      const x = dot / root
      insideSquares += x * x
      if (x !== 0) insidePowers += power(x)
    }
    const dotError = (1.01 * gamma(dim + 4) * this.#columnSize(scaled, query)) / root
    const sum = powerInterval({
      p,
      restShare: Math.max(epsilon, ridgeShare),
      restLeverage: rest?.leverage ?? 1,
      insideCount: dots.length,
      restCount: rowCount - dots.length,
      insideSquares,
      insidePowers,
      dotError,
      squaresError: relativeErrors[query],
    })
    if (!(sum.low >= LEAST_POWER_SUM)) return undefined
    const least = (this.#epsilon * sum.low) ** (1 / p) * (1 - 1e-9) - dotError
    const rounding = 1e-12 + 4 * p * UNIT_ROUNDOFF_F64
    const sure: IntervalPair[] = []
    let undecided = ridgeShare >= this.#epsilon
    const estimate = () => insidePowers + this.#sampledPowers(scaled, query, root, power)
    let rowSum: number | undefined
    for (let slot = 0; slot < dots.length; slot++) {
      const x = Math.abs(dots[slot] / root)
      if (!(x >= least) || x + dotError === 0) continue
      const score = scoreInterval(power, x, dotError, sum, rounding)
      if (score.high < this.#epsilon) continue
      if (this.#mode === 'exact') return undefined
      if (score.low < this.#epsilon) undecided = true
      else {
        if (this.#sampled) rowSum ??= estimate()
        const middle = rowSum === undefined ? undefined : power(x) / rowSum
        sure.push(intervalPair(query, rowIds[slot], score, scalePowerOfTwo(dots[slot], -shift), middle))
      }
    }
    return { sure, undecided }
  }

  #sampledPowers(scaled: Float64Array, query: number, root: number, power: (x: number) => number): number {
    const { dim } = this.#universal
    return this.#sampled?.powers(scaled.subarray(query * dim, (query + 1) * dim), root, power) ?? 0
  }

  /** Σ_a |q̂_a| D_a >= Σ_a |q̂_a k̂_ja| for every key. */
  #columnSize(scaled: Float64Array, query: number): number {
    const { columnNorms, live, dim } = this.#plain
    let size = 0
    for (let a = 0; a < dim; a++) if (live[a]) size += Math.abs(scaled[query * dim + a]) * columnNorms[a]
    return size
  }
}

function scoreInterval(
  power: (x: number) => number,
  x: number,
  error: number,
  { low, high }: Interval,
  rounding: number,
): Interval {
  return {
    low: Math.min(1, (power(Math.max(0, x - error)) / high) * (1 - rounding)),
    high: Math.min(1, (power(x + error) / low) * (1 + rounding)),
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

function columnsOf(pairs: IntervalPair[]): PairColumns {
  pairs.sort((a, b) => a.query - b.query || a.keyId - b.keyId)
  return {
    queries: Uint32Array.from(pairs, (pair) => pair.query),
    keyIds: Float64Array.from(pairs, (pair) => pair.keyId),
    scores: Float64Array.from(pairs, (pair) => pair.score),
    dots: Float64Array.from(pairs, (pair) => pair.dot),
    slacks: Float64Array.from(pairs, (pair) => pair.slack),
    lows: Float64Array.from(pairs, (pair) => pair.low),
    highs: Float64Array.from(pairs, (pair) => pair.high),
  }
}
