import type { Kernels } from '../kernels/kernels.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../numeric.ts'
import { scaleColumns, scalePowerOfTwo } from '../summary/column-exponents.ts'
import type { RowRange } from '../summary/row-ranges.ts'
import type { MatrixSource } from '../storage/matrix-source.ts'
import { blockRowsOf, forEachBlock } from '../storage/row-blocks.ts'
import { LARGEST_PAIR_SLACK } from './dot-filter.ts'
import { exactDot } from './exact-dot.ts'
import type { Factor } from './factor.ts'
import type { HeavyPair } from './heavy-batch.ts'
import { NORMALISER_TRUSTED_BELOW } from './normaliser.ts'
import { copyIn } from './scorer.ts'

/** Queries of one exact pass over the keys: bounds the dots held at a time. */
export const EXACT_QUERIES_A_PASS = 256
const KEY_BLOCK = 512

/** How a dot of the exact pass is computed: Dot2, or correctly rounded where Dot2 is not enough. */
export type ExactPrecision = 'compensated' | 'exact'

/** One shard's answer: its part of the row sums, and the pairs that may be heavy. Row order. */
export interface ExactPart {
  readonly rowSums: Float64Array // [queryCount]
  readonly depth: number // additions that an entry of rowSums went through
  readonly queries: Uint32Array // local query of pair i
  readonly keyIds: Float64Array
  readonly dots: Float64Array
  readonly absolutes: Float64Array // Σ|q_a k_a|
}

/**
 * Rows [range) of the keys against scaled queries [queryCount, dim] (theory.md section 8, the exact pass). A pair whose
 * square is below epsilon of the row sum so far can never be heavy, since row sums only grow.
 */
export function exactShard(
  source: MatrixSource,
  range: RowRange,
  kernels: Kernels,
  factor: Pick<Factor, 'exponents'>,
  queries: Float64Array,
  epsilon: number,
  precision: ExactPrecision,
): ExactPart {
  const dim = source.cols
  const queryCount = queries.length / dim
  const mark = kernels.mark()
  const inside = copyIn(kernels, queries)
  const dots = kernels.f64(queryCount * KEY_BLOCK)
  const rowSums = new Float64Array(queryCount)
  const found = {
    queries: [] as number[],
    keyIds: [] as number[],
    dots: [] as number[],
    absolutes: [] as number[],
  }
  forEachBlock(source, range, kernels, (rows, rowCount, rowStart) => {
    if (rows instanceof Float64Array) scaleColumns(rows, rowCount, factor.exponents)
    for (let start = 0; start < rowCount; start += KEY_BLOCK) {
      const count = Math.min(KEY_BLOCK, rowCount - start)
      const keys = rows.subarray(start * dim, (start + count) * dim)
      if (precision === 'compensated') kernels.compensatedDots(dots, inside, queryCount, keys, count, dim)
      else exactDots(dots, inside, queryCount, keys, count, dim)
      for (let q = 0; q < queryCount; q++) {
        rowSums[q] += sumOfSquares(dots, q * count, count)
        collect(dots, q, count, rowSums[q] * epsilon * (1 - 2 * LARGEST_PAIR_SLACK), (key, dot) => {
          found.queries.push(q)
          found.keyIds.push(rowStart + start + key)
          found.dots.push(dot)
          found.absolutes.push(absoluteDot(inside, q * dim, keys, key * dim, dim))
        })
      }
    }
  })
  kernels.release(mark)
  const kept = Uint32Array.from(found.queries.keys()).filter(
    (i) => found.dots[i] ** 2 >= rowSums[found.queries[i]] * epsilon * (1 - 2 * LARGEST_PAIR_SLACK),
  )
  return {
    rowSums,
    depth:
      KEY_BLOCK + Math.ceil((range.rowEnd - range.rowStart) / Math.min(KEY_BLOCK, blockRowsOf(source))) + 1,
    queries: kept.map((i) => found.queries[i]),
    keyIds: Float64Array.from(kept, (i) => found.keyIds[i]),
    dots: Float64Array.from(kept, (i) => found.dots[i]),
    absolutes: Float64Array.from(kept, (i) => found.absolutes[i]),
  }
}

/** Joins the parts of consecutive shards, in their order. */
export function mergeExactParts(a: ExactPart, b: ExactPart): ExactPart {
  const count = a.queries.length + b.queries.length
  return {
    rowSums: a.rowSums.map((sum, q) => sum + b.rowSums[q]),
    depth: Math.max(a.depth, b.depth) + 1,
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
  /** Queries for which Dot2 was not accurate enough: they go once more, with precision 'exact'. */
  readonly undecided: number[]
}

/** The pairs of one exact pass over all keys. `queries` as for exactShard; dots are scaled back by `shifts`. */
export function exactAnswer(
  whole: ExactPart,
  factor: Pick<Factor, 'dim' | 'frobeniusSquared'>,
  queries: Float64Array,
  shifts: Int32Array,
  epsilon: number,
  precision: ExactPrecision,
): ExactAnswer {
  const { dim } = factor
  const errors = whole.rowSums.map((rowSum, q) => {
    const plain = gamma(whole.depth + 2) + 4 * UNIT_ROUNDOFF_F64
    if (precision === 'exact' || rowSum === 0) return plain
    // Σ 2|dot| gamma_d²|q||k| / N <= 2 gamma_d² |q| |K|_F / sqrt(N), by Cauchy-Schwarz.
    const size = Math.sqrt(sumOfSquares(queries, q * dim, dim) * factor.frobeniusSquared)
    return plain + (2.1 * gamma(dim + 2) ** 2 * size) / Math.sqrt(rowSum)
  })
  const isZero = (q: number) => whole.rowSums[q] === 0
  const trusted = (q: number) => !isZero(q) && errors[q] <= NORMALISER_TRUSTED_BELOW
  const local = [...whole.rowSums.keys()]
  const pairs: HeavyPair[] = []
  whole.queries.forEach((query, i) => {
    if (!trusted(query)) return
    const dot = whole.dots[i]
    const score = (dot * dot) / whole.rowSums[query]
    const doubled = precision === 'exact' ? 0 : (gamma(dim + 2) ** 2 * whole.absolutes[i]) / Math.abs(dot)
    const slack = errors[query] + 2 * (UNIT_ROUNDOFF_F64 + doubled)
    if (!(score >= epsilon * (1 - Math.min(slack, LARGEST_PAIR_SLACK)))) return
    pairs.push({ query, keyId: whole.keyIds[i], score, dot: scalePowerOfTwo(dot, -shifts[query]), slack })
  })
  return {
    pairs,
    undefinedRows: precision === 'exact' ? local.filter(isZero) : [],
    undecided: precision === 'exact' ? [] : local.filter((q) => !trusted(q)),
  }
}

function append<T extends Uint32Array | Float64Array>(joined: T, a: T, b: T): T {
  joined.set(a)
  joined.set(b, a.length)
  return joined
}

/** Visits the nonzero dots of `query` whose square reaches `threshold`. */
function collect(
  dots: Float64Array,
  query: number,
  count: number,
  threshold: number,
  visit: (key: number, dot: number) => void,
): void {
  for (let key = 0; key < count; key++) {
    const dot = dots[query * count + key]
    if (dot !== 0 && dot * dot >= threshold) visit(key, dot)
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

function sumOfSquares(values: Float64Array, start: number, count: number): number {
  let sum = 0
  for (let i = start; i < start + count; i++) sum += values[i] * values[i]
  return sum
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
