import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { type HeavyPair, NO_PAIRS, type PairColumns } from '../pairs/pair-columns.ts'
import { type Interval, LEAST_POWER_SUM, powerInterval } from '../bounds/power/power-interval.ts'
import { powerFunction } from '../arithmetic/power.ts'
import { DroppedKeysSample } from '../universal/dropped-keys.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { answerWith, isZeroRow } from './answer-rows.ts'
import { type NormalisedQueries, Normaliser } from './normaliser.ts'
import { scaleQueriesBy } from './scaled-queries.ts'
import type { QueryBlock, ScoresMode, Search, SearchAnswer, SearchTerms } from './search.ts'
import { UniversalDots } from './universal-dots.ts'

/** A pair that is heavy for certain, and the ends of its score. */
interface IntervalPair extends HeavyPair {
  readonly low: number
  readonly high: number
}

interface Found {
  readonly pairs: IntervalPair[]
  readonly undefinedRows: number[]
  readonly uncertified: number[]
}

/**
 * p other than 2, from U and G: the row sum lies in a certified interval (theory.md section 4), and a
 * pair can be heavy only where |<q,k>|^p reaches epsilon times its lower end.
 */
export class PowerSearch implements Search {
  readonly #kernels: Kernels
  readonly #universal: UniversalSet
  readonly #epsilon: number
  readonly #scores: ScoresMode
  readonly #gramFactor: Factor
  readonly #gramNormaliser: Normaliser
  readonly #coverNormaliser: Normaliser | undefined
  readonly #dots: UniversalDots
  readonly #sampled: DroppedKeysSample | undefined

  /** Holds kernel scratch for as long as it lives: give it kernels of its own. */
  /** Throws Internal where the set has no factor of G. */
  constructor(kernels: Kernels, universal: UniversalSet, { epsilon, scores }: SearchTerms) {
    this.#kernels = kernels
    this.#universal = universal
    this.#epsilon = epsilon
    this.#scores = scores
    const { factor, droppedKeys, gramFactor } = universal
    if (!gramFactor) throw new LevError('Internal', 'a set of p other than 2 without the factor of G')
    this.#gramFactor = gramFactor
    this.#gramNormaliser = new Normaliser(kernels, gramFactor)
    const hides = Math.max(factor.ridge, factor.dropRidge) > 0
    this.#coverNormaliser = hides ? new Normaliser(kernels, factor) : undefined
    this.#dots = new UniversalDots(kernels, universal)
    if (droppedKeys?.sample) this.#sampled = new DroppedKeysSample(droppedKeys.sample, factor.exponents)
  }

  pairs({ rows, count }: QueryBlock): SearchAnswer | number {
    const kernels = this.#kernels
    const { dim } = this.#universal
    return withScratch(kernels, () => {
      const scaled = kernels.f64(count * dim)
      const shifts = new Int32Array(count)
      const bad = scaleQueriesBy(kernels, this.#gramFactor, rows, count, scaled, shifts)
      if (bad >= 0) return bad
      const found: Found = { pairs: [], undefinedRows: [], uncertified: [] }
      const normalised = this.#gramNormaliser.normalise(scaled, count)
      const covered = this.#coverNormaliser?.normalise(scaled, count).certifiedRowSums
      const step = this.#dots.queriesAtOnce
      for (let start = 0; start < count; start += step) {
        const some = Math.min(step, count - start)
        this.#searchSome(found, scaled, shifts, normalised, covered, start, some)
      }
      return answerWith(count, found, columnsOf(found.pairs))
    })
  }

  /** Which queries are certified depends on their pairs here, so they are looked for. */
  settle(block: QueryBlock): SearchAnswer | number {
    const answer = this.pairs(block)
    return typeof answer === 'number' ? answer : { ...answer, pairs: NO_PAIRS }
  }

  #searchSome(
    found: Found,
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
      const { certifiedRowSums } = normalised
      if (isZeroRow(scaled, query, dim)) found.undefinedRows.push(query)
      else if (certifiedRowSums[query] === 0 || covered?.[query] === 0) found.uncertified.push(query)
      else {
        const own = dots.subarray(i * slots, (i + 1) * slots)
        const pairs = this.#pairs(own, scaled, query, shifts[query], normalised)
        if (pairs === undefined) found.uncertified.push(query)
        else for (const pair of pairs.sure) found.pairs.push(pair)
        if (pairs?.isUncertain) found.uncertified.push(query)
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
  ): { sure: IntervalPair[]; isUncertain: boolean } | undefined {
    const { rowIds, factor, dim, rowCount, epsilon, droppedKeys } = this.#universal
    const ridgeShare = droppedKeys?.ridgeShare ?? 0
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
      restLeverage: droppedKeys?.leverage ?? 1,
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
    let isUncertain = ridgeShare >= this.#epsilon
    const estimate = () => insidePowers + this.#sampledPowers(scaled, query, root, power)
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

  #sampledPowers(scaled: Float64Array, query: number, root: number, power: (x: number) => number): number {
    const { dim } = this.#universal
    return this.#sampled?.powers(scaled.subarray(query * dim, (query + 1) * dim), root, power) ?? 0
  }

  /** Σ_a |q̂_a| D_a >= Σ_a |q̂_a k̂_ja| for every key. */
  #columnSize(scaled: Float64Array, query: number): number {
    const { columnNorms, live, dim } = this.#gramFactor
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
