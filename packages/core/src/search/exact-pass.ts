import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { firstNonFinite, throwNonFinite } from '../matrix/non-finite.ts'
import { blockRowsOf, forEachBlock, type ShardRows } from '../matrix/row-blocks.ts'
import { losesBits, NO_EXPONENT, scaleColumns } from '../arithmetic/column-exponents.ts'
import { LARGEST_PAIR_SLACK } from '../bounds/dot-filter.ts'
import { exactDot } from '../arithmetic/expansion.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import {
  addPowers,
  joinPowers,
  noPowers,
  type PowerSums,
  termOfShareOfPowers,
} from '../arithmetic/power-sums.ts'
import { largestOf } from '../arithmetic/square-sums.ts'

/** Queries of one exact pass over the keys: bounds the dots held at a time. */
export const EXACT_QUERIES_A_PASS = 256
const KEY_BLOCK = 512
/** A pair below this part of epsilon of the row sum so far is none in the end either: row sums only grow. */
const COLLECTED_SHARE = 1 - 2 * LARGEST_PAIR_SLACK

/**
 * How a dot of the exact pass is computed: in float64 (p other than 2, where most queries come here), by Dot2, or
 * correctly rounded where Dot2 is not enough.
 */
export type ExactPrecision = 'float64' | 'compensated' | 'exact'

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

/** What an exact pass asks of a shard. Plain data. */
export interface ExactTerms {
  readonly factor: Pick<Factor, 'exponents'>
  readonly queries: Float64Array // [queryCount, dim], scaled with EXACT_QUERY_LIFT
  readonly epsilon: number
  readonly p: number
  readonly precision: ExactPrecision
  /** Row ids of U in the shard, ascending: their share of the row sum is kept apart. */
  readonly insideRows: Float64Array
  /** [queryCount]: a query sees the keys below this row id; absent, all. */
  readonly keyEnds?: Float64Array | undefined
}

/**
 * Rows [range) of the keys against a few queries (theory.md section 8, the exact pass). A pair whose square is below epsilon
 * of the row sum so far can never be heavy, since row sums only grow.
 */
export function exactShard(
  shard: ShardRows,
  { factor, queries, epsilon, p, precision, insideRows, keyEnds }: ExactTerms,
): ExactPart {
  const { source, kernels } = shard
  const dim = source.cols
  const queryCount = queries.length / dim
  return withScratch(kernels, () => {
    const inside = copyIn(kernels, queries)
    const dots = kernels.f64(queryCount * KEY_BLOCK)
    const maxima = kernels.f64(queryCount)
    const transposed = precision === 'float64' ? kernels.f64(dim * KEY_BLOCK) : inside
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
    forEachBlock(shard, (read, rowCount, rowStart) => {
      keysLost ||= losesBits(read, rowCount, columnShifts)
      const rows = scale(read, rowCount)
      for (let start = 0; start < rowCount; start += KEY_BLOCK) {
        const count = Math.min(KEY_BLOCK, rowCount - start)
        const keys = rows.subarray(start * dim, (start + count) * dim)
        if (precision === 'float64') {
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

/** The part of no keys. */
export function noExactPart(p: number, queryCount: number): ExactPart {
  const none = new Float64Array(0)
  return {
    rowSums: noPowers(p, queryCount),
    insideSums: noPowers(p, queryCount),
    depth: 0,
    keysLost: false,
    queries: new Uint32Array(0),
    keyIds: none,
    dots: none,
    absolutes: none,
  }
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
