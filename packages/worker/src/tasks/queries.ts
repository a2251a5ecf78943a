import {
  joinColumns,
  type MatrixSource,
  QUERY_BLOCK_ROWS,
  type RowRange,
  type SearchResult,
  throwNonFinite,
} from '@levattention/core/internal'
import type { SearchAnswer, SearchRequest } from '../protocol.ts'
import type { TaskContext } from '../task-context.ts'

export function searchTask(
  { source: spec, range, universal, epsilon, scores, settleOnly }: SearchRequest,
  context: TaskContext,
): SearchAnswer {
  const source = context.open(spec)
  const search = context.search(universal, epsilon, scores)
  const parts: { offset: number; result: SearchResult }[] = []
  forEachQueryBlock(source, range, (queries, queryCount, rowStart) => {
    const result = settleOnly ? search.settle(queries, queryCount) : search.search(queries, queryCount)
    if (typeof result === 'number') throwNonFinite(source, rowStart, queryCount, 'queries')
    parts.push({ offset: rowStart - range.rowStart, result })
  })
  return joinParts(parts, range.rowEnd - range.rowStart)
}

/** Reads queries [range) block by block. */
export function forEachQueryBlock(
  source: MatrixSource,
  range: RowRange,
  visit: (queries: Float32Array | Float64Array, queryCount: number, rowStart: number) => void,
): void {
  const length = Math.min(QUERY_BLOCK_ROWS, range.rowEnd - range.rowStart) * source.cols
  const block = source.element === 'f64' ? new Float64Array(length) : new Float32Array(length)
  for (let row = range.rowStart; row < range.rowEnd; row += QUERY_BLOCK_ROWS) {
    const count = Math.min(QUERY_BLOCK_ROWS, range.rowEnd - row)
    const queries = block.subarray(0, count * source.cols)
    source.readRows(row, row + count, queries)
    visit(queries, count, row)
  }
}

/** One batch's answer from its blocks'. */
export function joinParts(
  parts: readonly { offset: number; result: SearchResult }[],
  queryCount: number,
): SearchAnswer {
  const mass = new Float64Array(queryCount)
  for (const { offset, result } of parts) mass.set(result.mass, offset)
  const shifted = (list: 'zero' | 'unsettled') =>
    Uint32Array.from(parts.flatMap(({ offset, result }) => result[list].map((query) => query + offset)))
  const pairs = joinColumns(
    parts.map(({ result }) => result.pairs),
    parts.map(({ offset }) => offset),
  )
  return { pairs, mass, zero: shifted('zero'), unsettled: shifted('unsettled') }
}
