import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../numeric.ts'
import { losesBits, NO_EXPONENT, scaleColumns, scalePowerOfTwo } from '../summary/column-exponents.ts'
import type { RowRange } from '../summary/row-ranges.ts'
import type { MatrixSource } from '../storage/matrix-source.ts'
import { firstNonFinite, throwNonFinite } from '../storage/non-finite.ts'
import { blockRowsOf, forEachBlock } from '../storage/row-blocks.ts'
import { LARGEST_PAIR_SLACK } from '../universal/dot-filter.ts'
import { exactDot } from '../universal/exact-dot.ts'
import type { Factor } from '../universal/factor.ts'
import type { HeavyPair } from '../universal/pair-columns.ts'
import { NORMALISER_TRUSTED_BELOW } from './normaliser.ts'
import { copyIn } from '../kernels/copy-in.ts'
import { pairError, powerRounding, relativeDotError, EXACT_QUERY_LIFT } from './exact-errors.ts'
import {
  addPowers,
  joinPowers,
  noPowers,
  type PowerSums,
  shareOfPowers,
  termOfShareOfPowers,
} from '../universal/power-sums.ts'
import { largestOf, ratioOfSums } from '../universal/square-sums.ts'

/** Queries of one exact pass over the keys: bounds the dots held at a time. */
export const EXACT_QUERIES_A_PASS = 256
const KEY_BLOCK = 512
/** A pair below this part of epsilon of the row sum so far is none in the end either: row sums only grow. */
const COLLECTED_SHARE = 1 - 2 * LARGEST_PAIR_SLACK

/**
 * How a dot of the exact pass is computed: in float64 (p other than 2, where most queries come here), by Dot2, or
 * correctly rounded where Dot2 is not enough.
 */
export type ExactPrecision = 'plain' | 'compensated' | 'exact'

/** One shard's answer: its part of the row sums, and the pairs that may be heavy. Row order. */
export interface ExactPart {
  readonly rowSums: PowerSums // [queryCount]
  /** The part of rowSums that comes from keys of U. */
  readonly insideSums: PowerSums // [queryCount]
  readonly depth: number // additions that a term of rowSums went through, at most
  /** A key's entry fell below float64's normal range when its column was scaled: dots that small are not known. */
  readonly keysLost: boolean
  readonly queries: Uint32Array // local query of pair i
  readonly keyIds: Float64Array
  readonly dots: Float64Array
  readonly absolutes: Float64Array // Σ|q_a k_a|
}

/**
 * Rows [range) of the keys against queries [queryCount, dim], scaled with EXACT_QUERY_LIFT (theory.md section 8, the
 * exact pass). A pair whose square is below epsilon of the row sum so far can never be heavy, since row sums only grow.
 * `insideRows`: row ids of U in the range, ascending; their share of the row sum is kept apart. `keyEnds` [queryCount]:
 * a query sees the keys below this row id; absent, all.
 */
export function exactShard(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Pick<Factor, 'exponents'>,
  queries: Float64Array,
  epsilon: number,
  precision: ExactPrecision,
  insideRows: Float64Array,
  p = 2,
  keyEnds?: Float64Array,
): ExactPart {
  const dim = source.cols
  const queryCount = queries.length / dim
  return withScratch(kernels, () => {
    const inside = copyIn(kernels, queries)
    const dots = kernels.f64(queryCount * KEY_BLOCK)
    const maxima = kernels.f64(queryCount)
    const transposed = precision === 'plain' ? kernels.f64(dim * KEY_BLOCK) : inside
    const scale = columnScaler(kernels, factor.exponents, source)
    const rowSums = noPowers(p, queryCount)
    const insideSums = noPowers(p, queryCount)
    let nextInside = 0
    let keysLost = false
    const columnShifts = factor.exponents.map((e) => (e === NO_EXPONENT ? 0 : -e))
    const found = {
      queries: [] as number[],
      keyIds: [] as number[],
      dots: [] as number[],
      absolutes: [] as number[],
    }
    let blockCount = 0
    forEachBlock(source, range, kernels, (read, rowCount, rowStart) => {
      keysLost ||= losesBits(read, rowCount, columnShifts)
      const rows = scale(read, rowCount)
      for (let start = 0; start < rowCount; start += KEY_BLOCK) {
        const count = Math.min(KEY_BLOCK, rowCount - start)
        const keys = rows.subarray(start * dim, (start + count) * dim)
        if (precision === 'plain') {
          transposeInto(transposed, keys, count, dim)
          kernels.multiply(dots, inside, transposed, queryCount, dim, count)
        } else if (precision === 'compensated')
          kernels.compensatedDots(dots, inside, queryCount, keys, count, dim)
        else exactDots(dots, inside, queryCount, keys, count, dim)
        kernels.rowMaxima(maxima, dots, queryCount, count)
        // Such a key makes every dot with it NaN or infinite.
        if (!Number.isFinite(maxima[0]) && firstNonFinite(read) >= 0)
          throwNonFinite(source, rowStart, rowCount)
        blockCount++
        const end = rowStart + start + count
        for (; nextInside < insideRows.length && insideRows[nextInside] < end; nextInside++) {
          const key = insideRows[nextInside] - rowStart - start
          for (let q = 0; q < queryCount; q++) addPowers(insideSums, q, dots, q * count + key, 1)
        }
        for (let q = 0; q < queryCount; q++) {
          const seen = keyEnds ? Math.max(0, Math.min(count, keyEnds[q] - rowStart - start)) : count
          const largest = seen === count ? maxima[q] : largestOf(dots, q * count, seen)
          addPowers(rowSums, q, dots, q * count, seen, largest)
          const least = termOfShareOfPowers(rowSums, q, epsilon * COLLECTED_SHARE)
          if (largest < least) continue
          collect(dots, q * count, seen, least, (key, dot) => {
            found.queries.push(q)
            found.keyIds.push(rowStart + start + key)
            found.dots.push(dot)
            found.absolutes.push(absoluteDot(inside, q * dim, keys, key * dim, dim))
          })
        }
      }
    })
    const kept = Uint32Array.from(found.queries.keys()).filter(
      (i) =>
        Math.abs(found.dots[i]) >= termOfShareOfPowers(rowSums, found.queries[i], epsilon * COLLECTED_SHARE),
    )
    return {
      rowSums,
      insideSums,
      depth: KEY_BLOCK + blockCount,
      keysLost,
      queries: kept.map((i) => found.queries[i]),
      keyIds: Float64Array.from(kept, (i) => found.keyIds[i]),
      dots: Float64Array.from(kept, (i) => found.dots[i]),
      absolutes: Float64Array.from(kept, (i) => found.absolutes[i]),
    }
  })
}

/** Joins the parts of consecutive shards, in their order. */
export function mergeExactParts(a: ExactPart, b: ExactPart): ExactPart {
  const count = a.queries.length + b.queries.length
  return {
    rowSums: joinPowers(a.rowSums, b.rowSums),
    insideSums: joinPowers(a.insideSums, b.insideSums),
    depth: Math.max(a.depth, b.depth) + 1,
    keysLost: a.keysLost || b.keysLost,
    queries: append(new Uint32Array(count), a.queries, b.queries),
    keyIds: append(new Float64Array(count), a.keyIds, b.keyIds),
    dots: append(new Float64Array(count), a.dots, b.dots),
    absolutes: append(new Float64Array(count), a.absolutes, b.absolutes),
  }
}

/** What the exact pass decides. Query numbers are local to the pass. */
export interface ExactAnswer {
  readonly pairs: HeavyPair[]
  readonly undefinedRows: number[]
  /** Share of each row sum inside U [queryCount]; NaN where undefined. */
  readonly mass: Float64Array
  /** Queries for which this precision was not enough: they go once more, with the next better one. */
  readonly uncertified: number[]
  /**
   * Queries that no precision decides: their dots at the threshold lie below what float64's exponents hold, or p is so large
   * that powers of correctly rounded dots are not known well enough (above about 1e8).
   */
  readonly beyondRange: number[]
}

/** The pairs of one exact pass over all keys. `queries` as for exactShard; dots are scaled back by `shifts`. */
export function exactAnswer(
  whole: ExactPart,
  factor: Pick<Factor, 'dim' | 'columnNorms' | 'rowCount'>,
  queries: Float64Array,
  shifts: Int32Array,
  epsilon: number,
  precision: ExactPrecision,
  queriesLost: ArrayLike<number> = [],
): ExactAnswer {
  const { dim } = factor
  // Entries lost below 2^-1074 move a dot by less than d 2^-1073 (|q| + |k|), |q| <= 2^EXACT_QUERY_LIFT, |k| < 2^128.
  const lostSize = dim * 2 ** (EXACT_QUERY_LIFT - 1072)
  const isLost = (q: number) =>
    (whole.keysLost || queriesLost[q] === 1) &&
    !(termOfShareOfPowers(whole.rowSums, q, epsilon) * (LARGEST_PAIR_SLACK / 8) > lostSize)
  const { sums } = whole.rowSums
  const { p } = whole.rowSums
  const plain = gamma(whole.depth + 2) + 4 * UNIT_ROUNDOFF_F64 + (p === 2 ? 0 : powerRounding(p, whole.depth))
  const dotError = { plain: gamma(dim + 2), compensated: gamma(dim + 2) ** 2, exact: 0 }[precision]
  const dotErrors = sums.map((_, q) =>
    precision === 'exact' ? 0 : relativeDotError(whole.rowSums, q, queries, factor, dotError),
  )
  const errors = dotErrors.map((error) => plain + error)
  const isZero = (q: number) => sums[q] === 0
  // A dot at the threshold is sqrt(epsilon N): its relative error is larger than the row sum's by as much.
  const trusted = (q: number) =>
    !isZero(q) &&
    !isLost(q) &&
    errors[q] <= NORMALISER_TRUSTED_BELOW &&
    (p === 2
      ? dotErrors[q] <= (LARGEST_PAIR_SLACK / 2) * Math.sqrt(epsilon)
      : precision === 'exact' ||
        pairError(whole.rowSums, q, queries, factor, dotError, epsilon) <= LARGEST_PAIR_SLACK / 2)
  const local = [...sums.keys()]
  const pairs: HeavyPair[] = []
  whole.queries.forEach((query, i) => {
    if (!trusted(query)) return
    const dot = whole.dots[i]
    const score = Math.min(1, shareOfPowers(whole.rowSums, query, dot))
    const doubled = precision === 'exact' ? 0 : (dotError * whole.absolutes[i]) / Math.abs(dot)
    const slack = errors[query] + (p === 2 ? 2 : 1.01 * p) * (UNIT_ROUNDOFF_F64 + doubled)
    if (!(score >= epsilon * (1 - Math.min(slack, LARGEST_PAIR_SLACK)))) return
    pairs.push({ query, keyId: whole.keyIds[i], score, dot: scalePowerOfTwo(dot, -shifts[query]), slack })
  })
  return {
    pairs,
    mass: sums.map((_, q) => (p === 2 ? Math.min(1, ratioOfSums(whole.insideSums, whole.rowSums, q)) : NaN)),
    undefinedRows: precision === 'exact' ? local.filter((q) => isZero(q) && !isLost(q)) : [],
    beyondRange: precision === 'exact' ? local.filter((q) => isLost(q) || (!isZero(q) && !trusted(q))) : [],
    uncertified: precision === 'exact' ? [] : local.filter((q) => !trusted(q)),
  }
}

const TRANSPOSED_AT_ONCE = 8

/** into [dim, count] = keysᵀ, a cache line of each row at a time. */
function transposeInto(
  into: Float64Array,
  keys: Float32Array | Float64Array,
  count: number,
  dim: number,
): void {
  for (let start = 0; start < count; start += TRANSPOSED_AT_ONCE) {
    const end = Math.min(count, start + TRANSPOSED_AT_ONCE)
    for (let a = 0; a < dim; a++)
      for (let key = start; key < end; key++) into[a * count + key] = keys[key * dim + a]
  }
}

/** Puts read rows into the factor's columns: float64 rows in place, float32 rows only where a column has an exponent. */
function columnScaler(kernels: Kernels, exponents: Int32Array, source: MatrixSource) {
  const plain = exponents.every((e) => e === 0 || e === NO_EXPONENT)
  const wide = source.element === 'f32' && !plain ? kernels.f64(blockRowsOf(source) * source.cols) : undefined
  return (rows: Float32Array | Float64Array, rowCount: number): Float32Array | Float64Array => {
    wide?.set(rows.subarray(0, rowCount * source.cols))
    const scaled = wide ?? rows
    if (scaled instanceof Float64Array) scaleColumns(scaled, rowCount, exponents)
    return scaled
  }
}

function append<T extends Uint32Array | Float64Array>(joined: T, a: T, b: T): T {
  joined.set(a)
  joined.set(b, a.length)
  return joined
}

/** Visits the nonzero ones of the `count` dots from `start` on whose size reaches `threshold`. */
function collect(
  dots: Float64Array,
  start: number,
  count: number,
  threshold: number,
  visit: (key: number, dot: number) => void,
): void {
  for (let key = 0; key < count; key++) {
    const dot = dots[start + key]
    if (dot !== 0 && Math.abs(dot) >= threshold) visit(key, dot)
  }
}

function exactDots(
  out: Float64Array,
  queries: Float64Array,
  queryCount: number,
  keys: Float32Array | Float64Array,
  keyCount: number,
  dim: number,
): void {
  for (let q = 0; q < queryCount; q++) {
    for (let k = 0; k < keyCount; k++) out[q * keyCount + k] = exactDot(queries, q * dim, keys, k * dim, dim)
  }
}

function absoluteDot(
  q: Float64Array,
  qStart: number,
  k: Float32Array | Float64Array,
  kStart: number,
  dim: number,
): number {
  let sum = 0
  for (let a = 0; a < dim; a++) sum += Math.abs(q[qStart + a] * k[kStart + a])
  return sum
}
