import { rowView } from '../matrix/row-view.ts'
import { segmentsOf } from '../selection/segments.ts'
import type { Recipe } from './ask.ts'
import { clustersOf } from './kmeans.ts'
import { keysOf, type KeyHead } from './terms.ts'

/** In which cluster a key stands in that is in none. */
export const NO_CLUSTER = -1

/** The keys that no fixed set and no sink holds, in clusters. */
export interface RestClusters {
  /** [n]: of each key; NO_CLUSTER of those that are kept, sinks, or do not take part. Segment after segment they count on. */
  readonly clusters: Int32Array
  readonly clusterCount: number
}

/** At most `count` clusters of each segment's keys that are neither in `kept`, row ids, nor among the first `sinkTokens`. Throws Content. */
export function* restClustersOf(
  head: Pick<KeyHead, 'keys' | 'visibility'>,
  kept: Float64Array,
  count: number,
  { sinkTokens = 0, seed = 1 }: { readonly sinkTokens?: number; readonly seed?: number } = {},
): Recipe<RestClusters> {
  const { keys, visibility } = head
  const source = keysOf(head)
  const isKept = new Uint8Array(keys.rows).fill(1, 0, Math.min(sinkTokens, keys.rows))
  for (const id of kept) isKept[id] = 1
  const clusters = new Int32Array(keys.rows).fill(NO_CLUSTER)
  let clusterCount = 0
  for (const { ids, keyRows } of segmentsOf(visibility, keys.rows)) {
    const rest = ids.filter((id) => isKept[id] === 0)
    if (rest.length === 0 || count === 0) continue
    const rows = rest.map((id) => id - keyRows.rowStart)
    const own = yield* clustersOf(rowView(source, keyRows), rows, count, seed)
    rest.forEach((id, i) => (clusters[id] = clusterCount + own[i]))
    clusterCount += Math.min(count, rest.length)
  }
  return { clusters, clusterCount }
}
