import { LevError } from '../errors/errors.ts'
import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { gamma } from '../arithmetic/numeric.ts'
import { SKETCH_RIDGE_SHARE } from '../sums/sketch-terms.ts'
import type { Factor, SketchBounds } from '../bounds/factor/factor.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { answerWith, isZeroRow } from './answer-rows.ts'
import { scaleQueriesBy } from './scaled-queries.ts'
import type { QueryBlock, Search, SearchAnswer, SearchTerms } from './search.ts'
import { KeyDots } from './key-dots.ts'

/**
 * Tells which queries may have a heavy pair, from a U that was found by sketches. Their row sums are only bounded from
 * below, by min_i |R_i q|²/(1+c), so a query with a key that reaches epsilon of that is left to a pass over the keys; the
 * others have no heavy pair (with the probability that the sketch promises).
 */
export class SketchSearch implements Search {
  readonly #kernels: Kernels
  readonly #universal: UniversalSet
  readonly #epsilon: number
  readonly #sketch: SketchBounds
  readonly #roots: readonly Float64Array[]
  readonly #ones: Float64Array
  readonly #dots: KeyDots

  /** Holds kernel scratch for as long as it lives: give it kernels of its own. */
  constructor(kernels: Kernels, universal: UniversalSet, { epsilon }: Pick<SearchTerms, 'epsilon'>) {
    const { sketch } = universal.factor
    if (!sketch) throw new LevError('Internal', 'a set without sketches')
    this.#kernels = kernels
    this.#universal = universal
    this.#epsilon = epsilon
    this.#sketch = sketch
    this.#roots = sketch.roots.map((root) => copyIn(kernels, root))
    this.#ones = copyIn(kernels, new Float64Array(universal.dim).fill(1))
    this.#dots = new KeyDots(kernels, { keys: universal.keys, exponents: universal.factor.exponents })
  }

  /** It never reports a pair by itself. */
  pairs({ rows, count }: QueryBlock): SearchAnswer | number {
    const kernels = this.#kernels
    const { dim, factor } = this.#universal
    return withScratch(kernels, () => {
      const scaled = kernels.f64(count * dim)
      const bad = scaleQueriesBy(kernels, factor, rows, count, scaled, new Int32Array(count))
      if (bad >= 0) return bad
      return this.#triage(scaled, this.#rowSumBounds(scaled, count), count)
    })
  }

  /** Which queries are certified depends on their dots with U. */
  settle(block: QueryBlock): SearchAnswer | number {
    return this.pairs(block)
  }

  #triage(scaled: Float64Array, lows: Float64Array, queryCount: number): SearchAnswer {
    const { dim, factor, rowIds } = this.#universal
    const undefinedRows: number[] = []
    const uncertified: number[] = []
    const slots = rowIds.length
    const step = this.#dots.queriesAtOnce
    for (let start = 0; start < queryCount; start += step) {
      const count = Math.min(step, queryCount - start)
      const dots = this.#dots.of(scaled.subarray(start * dim, (start + count) * dim), count)
      for (let i = 0; i < count; i++) {
        const query = scaled.subarray((start + i) * dim, (start + i + 1) * dim)
        const own = dots.subarray(i * slots, (i + 1) * slots)
        if (isZeroRow(scaled, start + i, dim)) undefinedRows.push(start + i)
        else if (this.#mayBeHeavy(query, lows[start + i], own, factor)) uncertified.push(start + i)
      }
    }
    return answerWith(queryCount, { undefinedRows, uncertified })
  }

  /** True also where the certificate does not cover the query. */
  #mayBeHeavy(query: Float64Array, low: number, dots: Float64Array, factor: Factor): boolean {
    const { dim, columnNorms, live, ridge } = factor
    let size = 0 // Σ_a |q_a| D_a
    let columnSize = 0 // |D q|²
    for (let a = 0; a < dim; a++) {
      if (!live[a]) continue
      size += Math.abs(query[a]) * columnNorms[a]
      columnSize += (query[a] * columnNorms[a]) ** 2
    }
    if (!(low > 0) || 1.01 * ridge * columnSize > SKETCH_RIDGE_SHARE * low) return true
    const least = Math.sqrt(this.#epsilon * low) * (1 - 1e-9) - 1.01 * gamma(dim + 4) * size
    return dots.some((dot) => Math.abs(dot) >= least)
  }

  /** Lower bounds of N_i [queryCount]; 0 where rounding leaves none. */
  #rowSumBounds(scaled: Float64Array, queryCount: number): Float64Array {
    const { dim, factor } = this.#universal
    const kernels = this.#kernels
    const squares = factor.columnNorms.map((norm, a) => (factor.live[a] ? norm * norm : 0))
    const columnSizes = kernels.f64(queryCount)
    kernels.weightedNorms(columnSizes, scaled, copyIn(kernels, squares), queryCount, dim)
    const lows = new Float64Array(queryCount).fill(Infinity)
    const mapped = kernels.f64(queryCount * dim)
    const sums = kernels.f64(queryCount)
    for (const root of this.#roots) {
      kernels.multiply(mapped, scaled, root, queryCount, dim, dim)
      kernels.weightedNorms(sums, mapped, this.#ones, queryCount, dim)
      for (let q = 0; q < queryCount; q++) {
        const length = Math.sqrt(sums[q]) - 1.01 * factor.rootError * Math.sqrt(columnSizes[q])
        lows[q] = Math.min(lows[q], Math.max(0, length) ** 2)
      }
    }
    const stretch = 1 + this.#sketch.terms.distortion
    return lows.map((low) => (low / stretch) * (1 - 1e-9))
  }
}
