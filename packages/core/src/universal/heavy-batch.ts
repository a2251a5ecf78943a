import type { HeavyPair, PairColumns } from './pair-columns.ts'

/**
 * The heavy pairs of consecutive queries [queryStart, queryStart + queryCount), as CSR: those of query queryStart + i are
 * at offsets[i] .. offsets[i+1], keys ascending.
 */
export interface HeavyBatch {
  readonly queryStart: number
  readonly queryCount: number
  readonly offsets: Uint32Array // [queryCount + 1]
  readonly keyIds: Float64Array // row ids
  readonly scores: Float64Array // A_ij
  /** Certified ends of each score, with `--scores interval`. */
  readonly scoreLow?: Float64Array
  readonly scoreHigh?: Float64Array
  readonly dots: Float64Array // signed <q, k>; may be infinite where the product overflows float64
  /** Share of each row sum that lies inside U [queryCount], p = 2; NaN for an undefined row. */
  readonly mass: Float64Array
  /** Largest relative error bound of the query's reported scores [queryCount]; 0 without pairs. */
  readonly slack: Float64Array
  /** Query ids that stayed undecided: neither the certificate nor an exact pass covered them. */
  readonly uncertified: Float64Array
  /** Query ids whose row sum is zero. */
  readonly undefinedRows: Float64Array
}

/** A query's answer that does not come from its pairs. */
export interface QueryRemarks {
  readonly mass: Float64Array
  readonly uncertified: readonly number[] // query ids
  readonly undefinedRows: readonly number[] // query ids
}

/** Assembles a batch from sorted columns and the pairs of queries that have none there (exactly decided ones). */
export function heavyBatchOf(
  queryStart: number,
  queryCount: number,
  columns: PairColumns,
  others: readonly HeavyPair[],
  remarks: QueryRemarks,
  withIntervals = false,
): HeavyBatch {
  if (others.length === 0 && !withIntervals) return batchOfColumns(queryStart, queryCount, columns, remarks)
  const sorted = [...others].sort((a, b) => a.query - b.query || a.keyId - b.keyId)
  const offsets = offsetsOf(queryCount, columns.queries, sorted)
  const slack = new Float64Array(queryCount)
  const count = offsets[queryCount]
  const keyIds = new Float64Array(count)
  const scores = new Float64Array(count)
  const dots = new Float64Array(count)
  const scoreLow = new Float64Array(withIntervals ? count : 0)
  const scoreHigh = new Float64Array(withIntervals ? count : 0)
  const next = offsets.slice()
  const place = (query: number, keyId: number, score: number, dot: number, pairSlack: number) => {
    const at = next[query]++
    keyIds[at] = keyId
    scores[at] = score
    dots[at] = dot
    slack[query] = Math.max(slack[query], pairSlack)
    return at
  }
  columns.queries.forEach((query, i) => {
    const at = place(query, columns.keyIds[i], columns.scores[i], columns.dots[i], columns.slacks[i])
    if (!withIntervals) return
    scoreLow[at] = columns.lows?.[i] ?? 0
    scoreHigh[at] = columns.highs?.[i] ?? 1
  })
  for (const { query, keyId, score, dot, slack: pairSlack } of sorted) {
    const at = place(query, keyId, score, dot, pairSlack)
    if (!withIntervals) continue
    // A score that was computed from all keys lies within its slack.
    scoreLow[at] = score * (1 - pairSlack)
    scoreHigh[at] = Math.min(1, score * (1 + pairSlack))
  }
  return {
    queryStart,
    queryCount,
    offsets,
    keyIds,
    scores,
    ...(withIntervals ? { scoreLow, scoreHigh } : {}),
    dots,
    mass: remarks.mass,
    slack,
    uncertified: Float64Array.from(remarks.uncertified),
    undefinedRows: Float64Array.from(remarks.undefinedRows),
  }
}

/** Columns alone are in order already. */
function batchOfColumns(
  queryStart: number,
  queryCount: number,
  { queries, keyIds, scores, dots, slacks }: PairColumns,
  { mass, uncertified, undefinedRows }: QueryRemarks,
): HeavyBatch {
  const slack = new Float64Array(queryCount)
  for (let i = 0; i < queries.length; i++) if (slacks[i] > slack[queries[i]]) slack[queries[i]] = slacks[i]
  return {
    queryStart,
    queryCount,
    offsets: offsetsOf(queryCount, queries, []),
    keyIds,
    scores,
    dots,
    mass,
    slack,
    uncertified: Float64Array.from(uncertified),
    undefinedRows: Float64Array.from(undefinedRows),
  }
}

function offsetsOf(queryCount: number, queries: Uint32Array, others: readonly HeavyPair[]): Uint32Array {
  const offsets = new Uint32Array(queryCount + 1)
  for (let i = 0; i < queries.length; i++) offsets[queries[i] + 1]++
  for (const { query } of others) offsets[query + 1]++
  for (let q = 0; q < queryCount; q++) offsets[q + 1] += offsets[q]
  return offsets
}
