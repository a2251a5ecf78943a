import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { nonFiniteIn } from '../matrix/non-finite.ts'
import { type HeavyBatch, heavyBatchOf } from '../pairs/heavy-batch.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { type AnswerPart, joinAnswers } from './answer-rows.ts'
import { searchOf } from './search-of.ts'
import { QUERY_BLOCK_ROWS, type Search } from './search.ts'

/**
 * The heavy pairs of `queries` [queryCount, dim] within U, in this thread; queries that the certificate does not cover are
 * listed as uncertified. p other than 2: scores lie in certified intervals, and queries with one that holds epsilon are
 * listed too. Throws Content naming the row and column of a NaN or infinity.
 */
export function heavyPairsOf(
  kernels: Kernels,
  universal: UniversalSet,
  queries: Float32Array | Float64Array,
  epsilon: number,
): HeavyBatch {
  return withScratch(kernels, () =>
    searchBatch(searchOf(kernels, universal, { epsilon, scores: 'interval' }), universal, queries),
  )
}

/** As `heavyPairsOf`, by a search that was prepared before; `queryStart`: the number of the first query. */
export function searchBatch(
  search: Search,
  { dim, gramFactor, estimate }: Pick<UniversalSet, 'dim' | 'gramFactor' | 'estimate'>,
  queries: Float32Array | Float64Array,
  queryStart = 0,
): HeavyBatch {
  const queryCount = queries.length / dim
  const parts: AnswerPart[] = []
  for (let offset = 0; offset < queryCount; offset += QUERY_BLOCK_ROWS) {
    const count = Math.min(QUERY_BLOCK_ROWS, queryCount - offset)
    const answer = search.pairs({ rows: queries.subarray(offset * dim, (offset + count) * dim), count })
    if (typeof answer === 'number') throw nonFiniteIn(queries, dim, 'queries', queryStart)
    parts.push({ offset, answer })
  }
  const { pairs, mass, draws, uncertified, undefinedRows } = joinAnswers(parts, queryCount)
  const idsOf = (list: Uint32Array) => Array.from(list, (query) => queryStart + query)
  const ends = gramFactor === undefined ? 'none' : estimate ? 'estimates' : 'ends'
  const remarks = { mass, draws, uncertified: idsOf(uncertified), undefinedRows: idsOf(undefinedRows) }
  return heavyBatchOf(queryStart, queryCount, pairs, [], remarks, ends)
}
