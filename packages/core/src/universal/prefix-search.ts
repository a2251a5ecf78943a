import type { Kernels } from '../kernels/kernels.ts'
import { gamma } from '../numeric.ts'
import { Candidates } from '../summary/candidates.ts'
import { scaleColumns, scalePowerOfTwo } from '../summary/column-exponents.ts'
import { GramSum, raiseExponents } from '../summary/gram-sum.ts'
import type { PrefixBlock } from '../summary/prefix-blocks.ts'
import { equilibrate, firstStep } from './certificate.ts'
import { DotFilter, LARGEST_PAIR_SLACK } from './dot-filter.ts'
import { boundOf, boundThreshold, type Factor, factorOf, RIDGE_SHARE, whiteningErrorOf } from './factor.ts'
import type { SearchResult } from './heavy-search.ts'
import { PairCollector } from './pair-columns.ts'
import { pairScorer } from './pair-scorer.ts'
import { scaleQueries } from './query-block.ts'
import { copyIn, Scorer } from './scorer.ts'

/** A row sum with a larger relative error bound is left to the exact pass: no pass in better coordinates mends it here. */
export const PREFIX_SUM_TRUSTED_BELOW = 1e-7
const SCORER_ROWS = 1024

export interface PrefixTerms {
  readonly epsilon: number
  /** The largest ridge by which keys of the prefix were dropped. */
  readonly dropRidge: number
}

/** Row sums of one block of queries, and what they need beside. [queryCount] or [queryCount, dim]. */
interface PrefixSums {
  readonly rowSums: Float64Array
  readonly relativeErrors: Float64Array
  /** 1 where the certificate of the prefix covers the query and its row sum is good enough. */
  readonly settled: Uint8Array
  /** Dots with the block's own rows [queryCount, rowCount]. */
  readonly ownDots: Float64Array
  /** z with <x_j, z> = <q̂, k̂_j> for keys of the prefix. */
  readonly whitened: Float64Array
  /** Σ_a |q̂_a| D_a, D of the block's rows and all before. */
  readonly sizes: Float64Array
}

/**
 * Heavy pairs of queries that stand in one block of rows, causal, p = 2: keys of the prefix that its own factor does not
 * exclude, and the block's own rows up to the query's; the row sum is the prefix's quadratic form and the block's rows one
 * by one (theory.md section 6; NOTES.md "Causal").
 */
export class PrefixSearch {
  /** Keys that may be heavy for queries of later blocks: what this prefix leaves of those that were given. */
  readonly kept: Candidates
  readonly #kernels: Kernels
  readonly #terms: PrefixTerms
  readonly #block: PrefixBlock
  readonly #dim: number
  readonly #columns: Pick<Factor, 'dim' | 'exponents' | 'live'>
  readonly #columnNorms: Float64Array // of the block's rows and all before; 0 for a zero column
  readonly #factor: Factor | undefined // of the prefix; none where it is empty
  readonly #rowIds: Float64Array // of the keys: those of the prefix, then the block's
  readonly #keys: Float64Array // k̂ [rowIds, dim]
  readonly #filter: DotFilter

  /** `held`: every key of the prefix that may be heavy, by row. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, block: PrefixBlock, held: Candidates, terms: PrefixTerms) {
    const { after, before, rows, rowStart, rowCount } = block
    const { dim, columnNorms, live, exponents } = equilibrate(after)
    this.#kernels = kernels
    this.#terms = terms
    this.#block = block
    this.#dim = dim
    this.#columns = { dim, exponents, live }
    this.#columnNorms = columnNorms.map((norm, a) => (live[a] ? norm : 0))
    this.#factor =
      before.rowCount === 0
        ? undefined
        : factorOf(firstStep(inColumnsOf(before, after)), before.rowCount, terms.dropRidge)
    const prefix = this.#whiten(held)
    this.kept = prefix.kept
    this.#filter = prefix.filter
    const count = prefix.rowIds.length
    this.#rowIds = new Float64Array(count + rowCount)
    this.#rowIds.set(prefix.rowIds)
    for (let r = 0; r < rowCount; r++) this.#rowIds[count + r] = rowStart + r
    this.#keys = new Float64Array((count + rowCount) * dim)
    this.#keys.set(prefix.keys)
    this.#keys.set(rows, count * dim)
    scaleColumns(this.#keys.subarray(count * dim), rowCount, exponents)
  }

  /**
   * `queries` [queryCount, dim], of which the first stands at row `position` of the block. Returns the flat index of the
   * first NaN or infinity instead where there is one.
   */
  search(
    queries: Float32Array | Float64Array,
    queryCount: number,
    position: number,
    withPairs: boolean,
  ): Omit<SearchResult, 'mass'> | number {
    const kernels = this.#kernels
    const dim = this.#dim
    const mark = kernels.mark()
    try {
      const scaled = kernels.f64(queryCount * dim)
      const shifts = new Int32Array(queryCount)
      const bad = scaleQueries(this.#columns, queries, queryCount, scaled, shifts)
      if (bad >= 0) return bad
      const sums = this.#sums(scaled, queryCount, position)
      const zero: number[] = []
      const unsettled: number[] = []
      for (let q = 0; q < queryCount; q++) {
        if (sums.settled[q]) continue
        const isZero = scaled.subarray(q * dim, (q + 1) * dim).every((value) => value === 0)
        ;(isZero ? zero : unsettled).push(q)
      }
      const collector = new PairCollector()
      if (withPairs) this.#collect(collector, scaled, shifts, sums, queryCount, position)
      return { pairs: collector.sorted(queryCount, this.#rowIds), zero, unsettled }
    } finally {
      kernels.release(mark)
    }
  }

  /** Bounds of the held keys by this prefix, and those that reach epsilon, whitened. */
  #whiten(held: Candidates) {
    const factor = this.#factor
    const dim = this.#dim
    const { epsilon } = this.#terms
    if (factor === undefined) {
      const filter = new DotFilter(this.#kernels, dim, new Float32Array(0), 0)
      return { kept: held, filter, rowIds: new Float64Array(0), keys: new Float64Array(0) }
    }
    const scaled = Float64Array.from(held.keys)
    scaleColumns(scaled, held.count, this.#columns.exponents)
    const whitened = new Float32Array(held.count * dim)
    const bounds = this.#boundsOf(factor, scaled, held.count, whitened)
    const threshold = boundThreshold(factor, epsilon)
    const slots = Uint32Array.from(bounds.keys()).filter((slot) => !(bounds[slot] < threshold))
    const keys = new Float64Array(slots.length * dim)
    const filterKeys = new Float32Array(slots.length * dim)
    slots.forEach((slot, i) => {
      keys.set(scaled.subarray(slot * dim, (slot + 1) * dim), i * dim)
      filterKeys.set(whitened.subarray(slot * dim, (slot + 1) * dim), i * dim)
    })
    // A ridge's drop is good for the queries of this block, which are tested against it, and for no later ones.
    const early = epsilon * (1 - 3 * factor.thresholdSlack)
    const kept =
      factor.ridge > 0 ? held : held.filter((slot) => (bounds[slot] < early ? undefined : bounds[slot]))
    const filter = new DotFilter(this.#kernels, dim, filterKeys, whiteningErrorOf(factor))
    return { kept, filter, rowIds: Float64Array.from(slots, (slot) => held.rowIds[slot]), keys }
  }

  #boundsOf(factor: Factor, scaled: Float64Array, count: number, whitened: Float32Array): Float64Array {
    const kernels = this.#kernels
    const dim = this.#dim
    const bounds = new Float64Array(count)
    const mark = kernels.mark()
    const scorer = new Scorer(kernels, factor, SCORER_ROWS)
    const rows = kernels.f64(SCORER_ROWS * dim)
    const tau = kernels.f64(SCORER_ROWS)
    const x = kernels.f64(SCORER_ROWS * dim)
    for (let start = 0; start < count; start += SCORER_ROWS) {
      const rowCount = Math.min(SCORER_ROWS, count - start)
      rows.set(scaled.subarray(start * dim, (start + rowCount) * dim))
      scorer.score(tau, rows, rowCount, x)
      whitened.set(x.subarray(0, rowCount * dim), start * dim)
      for (let r = 0; r < rowCount; r++) bounds[start + r] = boundOf(factor, tau[r])
    }
    kernels.release(mark)
    return bounds
  }

  #sums(scaled: Float64Array, queryCount: number, position: number): PrefixSums {
    const kernels = this.#kernels
    const dim = this.#dim
    const { rowCount } = this.#block
    const factor = this.#factor
    const own = this.#keys.subarray(this.#keys.length - rowCount * dim)
    const ownDots = kernels.f64(queryCount * rowCount)
    kernels.multiply(
      ownDots,
      scaled,
      copyIn(kernels, transposeRows(own, rowCount, dim)),
      queryCount,
      dim,
      rowCount,
    )
    const rowSums = factor ? this.#quadraticForm(scaled, factor, queryCount) : new Float64Array(queryCount)
    const prefixSizes = factor ? this.#squaredSizes(scaled, factor, queryCount) : new Float64Array(queryCount)
    const sizes = this.#sizes(scaled, queryCount)
    const relativeErrors = new Float64Array(queryCount)
    const settled = new Uint8Array(queryCount)
    const hiding = Math.max(factor?.ridge ?? 0, this.#terms.dropRidge)
    for (let q = 0; q < queryCount; q++) {
      let ownSum = 0
      for (let r = 0; r <= position + q; r++) ownSum += ownDots[q * rowCount + r] ** 2
      // The quadratic form may be negative by its error.
      const rowSum = Math.max(0, rowSums[q]) + ownSum
      const root = Math.sqrt(rowSum)
      const error =
        (factor ? factor.gramError : 0) * prefixSizes[q] +
        2.1 * gamma(dim + 2) * sizes[q] * root +
        gamma(rowCount + 8) * rowSum
      rowSums[q] = rowSum
      relativeErrors[q] = rowSum > 0 ? (1.01 * error) / rowSum : Infinity
      const isCovered = hiding * prefixSizes[q] <= RIDGE_SHARE * rowSum * (1 - relativeErrors[q])
      settled[q] = relativeErrors[q] <= PREFIX_SUM_TRUSTED_BELOW && isCovered ? 1 : 0
    }
    const whitened = factor ? this.#whitenedQueries(scaled, factor, queryCount) : scaled
    return { rowSums, relativeErrors, settled, ownDots, whitened, sizes }
  }

  /** q̂ᵀGq̂ [queryCount], G of the prefix. */
  #quadraticForm(scaled: Float64Array, { gram }: Factor, queryCount: number): Float64Array {
    const dim = this.#dim
    const product = this.#kernels.f64(queryCount * dim)
    this.#kernels.multiply(product, scaled, copyIn(this.#kernels, gram), queryCount, dim, dim)
    return Float64Array.from({ length: queryCount }, (_, q) => {
      let sum = 0
      for (let i = q * dim; i < (q + 1) * dim; i++) sum += product[i] * scaled[i]
      return sum
    })
  }

  /** |D q̂|² [queryCount], D of the prefix. */
  #squaredSizes(scaled: Float64Array, { columnNorms, live }: Factor, queryCount: number): Float64Array {
    const weights = columnNorms.map((norm, a) => (live[a] ? norm * norm : 0))
    const out = this.#kernels.f64(queryCount)
    this.#kernels.weightedNorms(out, scaled, copyIn(this.#kernels, weights), queryCount, this.#dim)
    return out
  }

  /** z = q̂ D L: columns in which the prefix is zero take no part. */
  #whitenedQueries(scaled: Float64Array, { lower, live }: Factor, queryCount: number): Float64Array {
    const dim = this.#dim
    const rows = lower.map((value, i) => (live[Math.floor(i / dim)] ? value : 0))
    const out = this.#kernels.f64(queryCount * dim)
    this.#kernels.multiply(out, scaled, copyIn(this.#kernels, rows), queryCount, dim, dim)
    return out
  }

  #sizes(scaled: Float64Array, queryCount: number): Float64Array {
    const dim = this.#dim
    return Float64Array.from({ length: queryCount }, (_, q) => {
      let size = 0
      for (let a = 0; a < dim; a++) size += Math.abs(scaled[q * dim + a]) * this.#columnNorms[a]
      return size
    })
  }

  #collect(
    collector: PairCollector,
    scaled: Float64Array,
    shifts: Int32Array,
    sums: PrefixSums,
    queryCount: number,
    position: number,
  ): void {
    const dim = this.#dim
    const { epsilon } = this.#terms
    const { settled, relativeErrors, ownDots, whitened, sizes } = sums
    const searched = sums.rowSums.map((sum, q) => (settled[q] ? sum : 0))
    const score = pairScorer(scaled, this.#keys, dim, searched, relativeErrors)
    const visit = (query: number, rank: number) => {
      const pair = score(query * dim, rank * dim, query)
      if (!(pair.score >= epsilon * (1 - pair.slack))) return
      collector.push(query, rank, pair.score, scalePowerOfTwo(pair.dot, -shifts[query]), pair.slack)
    }
    this.#filter.forEachCandidate(whitened, searched, relativeErrors, queryCount, epsilon, visit)
    const { rowCount } = this.#block
    const prefixCount = this.#rowIds.length - rowCount
    for (let q = 0; q < queryCount; q++) {
      if (!settled[q]) continue
      // A pair with a smaller dot, as computed here, has no score of epsilon (1 - slack) by any of its ways of rounding.
      const least =
        Math.sqrt(epsilon * searched[q]) * (1 - 1.2 * LARGEST_PAIR_SLACK) - gamma(dim + 2) * sizes[q]
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

/** rowsᵀ [dim, rowCount]. */
function transposeRows(rows: Float64Array, rowCount: number, dim: number): Float64Array {
  const out = new Float64Array(rows.length)
  for (let r = 0; r < rowCount; r++) for (let a = 0; a < dim; a++) out[a * rowCount + r] = rows[r * dim + a]
  return out
}
