import { firstNonFinite, throwNonFinite } from '../matrix/non-finite.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import { rangeSeen, type Visibility } from '../attention/visibility.ts'
import { scratchRows, withScratch } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { openBeside } from '../matrix/reopen-matrix.ts'
import { forEachBlock, type ShardRows } from '../matrix/row-blocks.ts'
import type { TaskSource } from '../matrix/task-source.ts'
import type { ReadRows } from './read-queries.ts'
import { scaleEntries } from './entry-factor.ts'

/** Queries, and keys, whose logits are computed together. */
const [QUERIES, KEYS] = [64, 256] as const

/** Which queries attend to which keys, and how. */
export interface AttentionTerms {
  /** Query heads [m, d], and the rows of each that are read. */
  readonly queries: readonly TaskSource[]
  readonly rows: ReadRows
  readonly visibility: Visibility
  /** Of the whole matrix. */
  readonly keyCount: number
  /** Keys and queries are multiplied with these: a power of two, and its inverse times softmax's scale. */
  readonly keyFactor: number
  readonly queryFactor: number
}

/** Logits [keyCount, queryCount] of keys and queries that lie one behind the other, and which of them see each other. */
export interface LogitTile {
  readonly logits: Float64Array
  readonly keyStart: number
  readonly keyCount: number
  /** Place of the first query among all rows that are read, head after head. */
  readonly queryStart: number
  readonly queryCount: number
  /** Query q sees keys starts[q] <= id < ends[q], but for those that are masked; [queryCount]. */
  readonly starts: Float64Array
  readonly ends: Float64Array
}

/**
 * Shows all logits, in float64, of the queries with keys [range): key after key, then query after query of the group's order. A
 * tile in which nothing is seen is passed over. Throws Content at a NaN or infinity.
 */
export function forEachTile(shard: ShardRows, terms: AttentionTerms, visit: (tile: LogitTile) => void): void {
  const sources = terms.queries.map((query) => openBeside(shard, query))
  const dim = shard.source.cols
  const { kernels } = shard
  withScratch(kernels, () => {
    const matrix = kernels.f64(dim * QUERIES)
    const logits = kernels.f64(KEYS * QUERIES)
    forEachBlock(shard, (rows, rowCount, rowStart) => {
      if (firstNonFinite(rows) >= 0) throwNonFinite(shard.source, rowStart, rowCount)
      scaleEntries(rows, terms.keyFactor)
      const block = { rowStart, rowEnd: rowStart + rowCount }
      forEachQueries(kernels, sources, terms, block, matrix, (queries) => {
        for (let k = 0; k < rowCount; k += KEYS) {
          const keyCount = Math.min(KEYS, rowCount - k)
          const keys = rows.subarray(k * dim, (k + keyCount) * dim)
          kernels.multiply(logits, keys, matrix, keyCount, dim, queries.queryCount)
          visit({ ...queries, logits, keyStart: rowStart + k, keyCount })
        }
      })
    })
  })
}

type QueryTile = Pick<LogitTile, 'queryStart' | 'queryCount' | 'starts' | 'ends'>

/** Writes the queries that see a key of `block` to `matrix` [dim, queryCount], as many at a time as it holds. */
function forEachQueries(
  kernels: Kernels,
  sources: readonly MatrixSource[],
  terms: AttentionTerms,
  block: RowRange,
  matrix: Float64Array,
  visit: (queries: QueryTile) => void,
): void {
  let before = 0
  sources.forEach((source, head) => {
    const all = terms.rows[head]
    const [first, end] = placesSeeing(all, terms, block)
    for (let at = first; at < end; at += QUERIES) {
      const rows = all.subarray(at, Math.min(end, at + QUERIES))
      const seen = Array.from(rows, (row) => rangeSeen(terms.visibility, row, terms.keyCount))
      withScratch(kernels, () => readTransposed(kernels, source, rows, terms.queryFactor, matrix))
      visit({
        queryStart: before + at,
        queryCount: rows.length,
        starts: Float64Array.from(seen, ({ rowStart }) => rowStart),
        ends: Float64Array.from(seen, ({ rowEnd }) => rowEnd),
      })
    }
    before += all.length
  })
}

/** Places [first, end) of `rows` outside of which none sees a key of `block`: what a query sees only moves on with its row. */
function placesSeeing(
  rows: Float64Array,
  { visibility, keyCount }: AttentionTerms,
  block: RowRange,
): [first: number, end: number] {
  const seen = (at: number) => rangeSeen(visibility, rows[at], keyCount)
  return [
    firstPlace(rows.length, (at) => seen(at).rowEnd > block.rowStart),
    firstPlace(rows.length, (at) => seen(at).rowStart >= block.rowEnd),
  ]
}

/** The first place below `count` that `test` holds for, where it holds for all behind it. */
function firstPlace(count: number, test: (place: number) => boolean): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (test(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** matrix [dim, rows.length] = the transposed rows, times `factor`. */
function readTransposed(
  kernels: Kernels,
  source: MatrixSource,
  rows: Float64Array,
  factor: number,
  matrix: Float64Array,
): void {
  const dim = source.cols
  const read = scratchRows(kernels, source.element, rows.length * dim)
  readRowsAt(source, rows, read)
  for (let q = 0; q < rows.length; q++)
    for (let a = 0; a < dim; a++) matrix[a * rows.length + q] = read[q * dim + a] * factor
}

/** Reads the `rows`, ascending, into the front of `into`, neighbours together. Throws Content at a NaN or infinity. */
function readRowsAt(source: MatrixSource, rows: Float64Array, into: Float32Array | Float64Array): void {
  const dim = source.cols
  for (let at = 0; at < rows.length;) {
    const range = { rowStart: rows[at], rowEnd: rows[at] + 1 }
    while (rows[at + rowsIn(range)] === range.rowEnd) range.rowEnd++
    const part = into.subarray(at * dim, (at + rowsIn(range)) * dim)
    source.readRows(range.rowStart, range.rowEnd, part)
    if (firstNonFinite(part) >= 0) throwNonFinite(source, range.rowStart, rowsIn(range), 'queries')
    at += rowsIn(range)
  }
}
