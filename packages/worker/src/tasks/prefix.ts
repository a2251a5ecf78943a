import {
  Candidates,
  firstNonFinite,
  GramSum,
  type MatrixSource,
  NO_PAIRS,
  prefixBlocks,
  PrefixSearch,
  type RowRange,
  type SearchResult,
  throwNonFinite,
  withScratch,
} from '@levattention/core/internal'
import type { PrefixSearchRequest, SearchAnswer } from '../protocol.ts'
import type { TaskContext } from '../task-context.ts'
import { forEachQueryBlock, joinParts } from './queries.ts'

/**
 * Goes on from the shard's prefix block by block: each block's queries are searched among the keys that the rows before
 * the block leave and its own rows. Blocks are cut from the shard's start on, so that the cut of the queries changes no bit.
 */
export function searchPrefixTask(request: PrefixSearchRequest, context: TaskContext): SearchAnswer {
  const { position, range, shard, universal, epsilon, settleOnly } = request
  const queries = context.open(request.source)
  if (universal.value.p !== 2) return allUnsettled(queries, range)
  const keys = context.open(request.keys)
  const { kernels } = context
  const terms = { epsilon, dropRidge: universal.value.factor.dropRidge }
  const positionEnd = position + range.rowEnd - range.rowStart
  const ordered = context.keysInRowOrder(universal)
  let held = new Candidates(keys.cols, ordered.element)
  let nextSlot = 0
  const parts: { offset: number; result: SearchResult }[] = []
  for (const block of prefixBlocks(keys, shard, kernels, new GramSum(keys.cols, request.prefix))) {
    if (block.rowStart >= positionEnd) break
    const from = Math.max(position, block.rowStart)
    const rowCount = Math.min(block.rowStart + block.rowCount, positionEnd) - from
    if (rowCount <= 0) continue
    for (; nextSlot < ordered.count && ordered.rowIds[nextSlot] < block.rowStart; nextSlot++)
      held.push(ordered.rowIds[nextSlot], ordered.bounds[nextSlot], ordered.keyAt(nextSlot))
    const rowStart = range.rowStart + from - position
    const rows = readRows(queries, rowStart, rowCount)
    const { result, kept } = withScratch(kernels, () => {
      const search = new PrefixSearch(kernels, block, held, terms)
      return { result: search.search(rows, rowCount, from - block.rowStart, !settleOnly), kept: search.kept }
    })
    if (typeof result === 'number') throwNonFinite(queries, rowStart, rowCount, 'queries')
    held = kept
    const mass = new Float64Array(rowCount).fill(NaN)
    parts.push({ offset: from - position, result: { ...result, mass } })
  }
  return joinParts(parts, range.rowEnd - range.rowStart)
}

/** p other than 2: the prefix bounds no row sum well, so that every query goes to the exact pass. */
function allUnsettled(queries: MatrixSource, range: RowRange): SearchAnswer {
  const queryCount = range.rowEnd - range.rowStart
  forEachQueryBlock(queries, range, (rows, rowCount, rowStart) => {
    if (firstNonFinite(rows) >= 0) throwNonFinite(queries, rowStart, rowCount, 'queries')
  })
  return {
    pairs: NO_PAIRS,
    mass: new Float64Array(queryCount).fill(NaN),
    zero: new Uint32Array(0),
    unsettled: Uint32Array.from({ length: queryCount }, (_, q) => q),
  }
}

function readRows(source: MatrixSource, rowStart: number, rowCount: number): Float32Array | Float64Array {
  const length = rowCount * source.cols
  const rows = source.element === 'f64' ? new Float64Array(length) : new Float32Array(length)
  source.readRows(rowStart, rowStart + rowCount, rows)
  return rows
}
