import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { nonFiniteIn } from '../storage/non-finite.ts'
import { type HeavyBatch, heavyBatchOf } from '../universal/heavy-batch.ts'
import { QUERY_BLOCK_ROWS, type SearchResult } from './gram-search.ts'
import { joinColumns } from '../universal/pair-columns.ts'
import { type QuerySearch, searchOf } from './search-of.ts'
import type { UniversalSet } from '../universal/universal-set.ts'

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
    searchBatch(searchOf(kernels, universal, epsilon, 'interval'), universal, queries),
  )
}

/** As `heavyPairsOf`, by a search that was prepared before; `queryStart`: the number of the first query. */
export function searchBatch(
  search: QuerySearch,
  { dim, p }: Pick<UniversalSet, 'dim' | 'p'>,
  queries: Float32Array | Float64Array,
  queryStart = 0,
): HeavyBatch {
  const queryCount = queries.length / dim
  const offsets: number[] = []
  const results: SearchResult[] = []
  for (let start = 0; start < queryCount; start += QUERY_BLOCK_ROWS) {
    const count = Math.min(QUERY_BLOCK_ROWS, queryCount - start)
    const found = search.search(queries.subarray(start * dim, (start + count) * dim), count)
    if (typeof found === 'number') throw nonFiniteIn(queries, dim, 'queries', queryStart)
    offsets.push(start)
    results.push(found)
  }
  const mass = new Float64Array(queryCount)
  results.forEach((result, b) => mass.set(result.mass, offsets[b]))
  const ids = (list: 'zero' | 'unsettled') =>
    results.flatMap((result, b) => result[list].map((query) => queryStart + query + offsets[b]))
  const columns = joinColumns(
    results.map(({ pairs }) => pairs),
    offsets,
  )
  const remarks = { mass, uncertified: ids('unsettled'), undefinedRows: ids('zero') }
  return heavyBatchOf(queryStart, queryCount, columns, [], remarks, p !== 2)
}
