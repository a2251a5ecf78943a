import type { HeavyBatch } from './heavy-batch.ts'

/**
 * The heavy pairs of `queryCount` queries as CSR, largest score first: those of query i are at offsets[i] .. offsets[i+1],
 * equal scores by row id. Query numbers count from the batch's first query.
 */
export interface RankedPairs {
  /** Queries in the batch. */
  readonly queryCount: number
  /** [queryCount + 1]: where the pairs of each query begin, and where those of the last one end. */
  readonly offsets: Uint32Array
  /** Row id of each pair's key. */
  readonly rowIds: Float64Array
  /** A_ij of each pair. */
  readonly scores: Float64Array
  /** Certified lower end of each score, p other than 2. */
  readonly scoreLow?: Float64Array
  /** Upper ends, as `scoreLow`. */
  readonly scoreHigh?: Float64Array
  /** Standard error of each score that is an estimate. */
  readonly scoreSE?: Float64Array
  /** Signed <q, k> of each pair. */
  readonly dots: Float64Array
  /** Queries that have more heavy pairs than the limit let through. */
  readonly cut: Uint32Array
  /** Queries that the certificate does not cover: pairs of theirs may be missing. */
  readonly uncertified: Uint32Array
  /** Queries whose row sum is zero. */
  readonly undefinedRows: Uint32Array
}

const PAIR_COLUMNS = ['rowIds', 'scores', 'scoreLow', 'scoreHigh', 'scoreSE', 'dots'] as const
const QUERY_LISTS = ['cut', 'uncertified', 'undefinedRows'] as const

/** The pairs of `batch` by rank, at most `limit` a query. */
export function rankedPairs(batch: HeavyBatch, limit = Infinity): RankedPairs {
  const { queryStart, queryCount, keyIds, scores } = batch
  const offsets = new Uint32Array(queryCount + 1)
  const cut: number[] = []
  const order: number[] = []
  for (let q = 0; q < queryCount; q++) {
    const pairs = Array.from(
      { length: batch.offsets[q + 1] - batch.offsets[q] },
      (_, i) => batch.offsets[q] + i,
    )
    pairs.sort((a, b) => scores[b] - scores[a] || keyIds[a] - keyIds[b])
    if (pairs.length > limit) cut.push(q)
    for (let i = 0; i < Math.min(limit, pairs.length); i++) order.push(pairs[i])
    offsets[q + 1] = order.length
  }
  const pick = (column: Float64Array) => Float64Array.from(order, (at) => column[at])
  const local = (queryIds: Float64Array) => Uint32Array.from(queryIds, (query) => query - queryStart)
  return {
    queryCount,
    offsets,
    rowIds: pick(keyIds),
    scores: pick(scores),
    ...(batch.scoreLow && batch.scoreHigh
      ? { scoreLow: pick(batch.scoreLow), scoreHigh: pick(batch.scoreHigh) }
      : {}),
    ...(batch.scoreSE ? { scoreSE: pick(batch.scoreSE) } : {}),
    dots: pick(batch.dots),
    cut: Uint32Array.from(cut),
    uncertified: local(batch.uncertified),
    undefinedRows: local(batch.undefinedRows),
  }
}

/** No pairs, of `queryCount` queries that nothing is known of. */
export function noRankedPairs(queryCount: number): RankedPairs {
  return {
    queryCount,
    offsets: new Uint32Array(queryCount + 1),
    rowIds: new Float64Array(0),
    scores: new Float64Array(0),
    dots: new Float64Array(0),
    cut: new Uint32Array(0),
    uncertified: new Uint32Array(0),
    undefinedRows: new Uint32Array(0),
  }
}

/** Consecutive batches as one. */
export function joinRankedPairs(parts: readonly RankedPairs[]): RankedPairs {
  if (parts.length === 1) return parts[0]
  const joined = {
    ...noRankedPairs(parts.reduce((sum, { queryCount }) => sum + queryCount, 0)),
    ...Object.fromEntries(
      PAIR_COLUMNS.filter((name) => parts.some((part) => part[name])).map((name) => [
        name,
        concat(parts.map((part) => part[name] ?? new Float64Array(0))),
      ]),
    ),
    ...Object.fromEntries(QUERY_LISTS.map((name) => [name, joinQueryLists(parts, name)])),
  }
  let query = 0
  for (const { queryCount, offsets } of parts) {
    const before = joined.offsets[query]
    for (let q = 1; q <= queryCount; q++) joined.offsets[query + q] = before + offsets[q]
    query += queryCount
  }
  return joined
}

function concat(columns: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0))
  let at = 0
  for (const column of columns) {
    joined.set(column, at)
    at += column.length
  }
  return joined
}

function joinQueryLists(parts: readonly RankedPairs[], name: (typeof QUERY_LISTS)[number]): Uint32Array {
  let start = 0
  return Uint32Array.from(
    parts.flatMap((part) => {
      const shifted = Array.from(part[name], (query) => query + start)
      start += part.queryCount
      return shifted
    }),
  )
}
