import type { Kernels } from '../kernels/kernels.ts'
import { type HeavyBatch, heavyBatchOf } from './heavy-batch.ts'
import { HeavySearch, QUERY_BLOCK_ROWS, type SearchResult } from './heavy-search.ts'
import { joinColumns } from './pair-columns.ts'
import { PowerSearch } from './power-search.ts'
import type { UniversalSet } from './universal-set.ts'

/**
 * The heavy pairs of finite `queries` [queryCount, dim] within U, in this thread; queries that the certificate does not
 * cover are listed as uncertified. p other than 2: scores lie in certified intervals, and so are queries with one that
 * holds epsilon.
 */
export function heavyPairsOf(
  kernels: Kernels,
  universal: UniversalSet,
  queries: Float32Array | Float64Array,
  epsilon: number,
): HeavyBatch {
  const { dim, plain } = universal
  const queryCount = queries.length / dim
  const mark = kernels.mark()
  const search = plain
    ? new PowerSearch(kernels, universal, plain, epsilon, 'interval')
    : new HeavySearch(kernels, universal, epsilon)
  const offsets: number[] = []
  const results: SearchResult[] = []
  for (let start = 0; start < queryCount; start += QUERY_BLOCK_ROWS) {
    const count = Math.min(QUERY_BLOCK_ROWS, queryCount - start)
    const found = search.search(queries.subarray(start * dim, (start + count) * dim), count)
    // A number would be the place of a NaN, and the caller has looked for those.
    if (typeof found === 'number') continue
    offsets.push(start)
    results.push(found)
  }
  kernels.release(mark)
  const mass = new Float64Array(queryCount)
  results.forEach((result, b) => mass.set(result.mass, offsets[b]))
  const ids = (list: 'zero' | 'unsettled') =>
    results.flatMap((result, b) => result[list].map((query) => query + offsets[b]))
  const columns = joinColumns(
    results.map(({ pairs }) => pairs),
    offsets,
  )
  const remarks = { mass, uncertified: ids('unsettled'), undefinedRows: ids('zero') }
  return heavyBatchOf(0, queryCount, columns, [], remarks, plain !== undefined)
}
