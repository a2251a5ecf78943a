import type { Visibility } from '../attention/visibility.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { rowView } from '../matrix/row-view.ts'
import { type RowTask, TRANSIENT } from '../passes/pass.ts'
import { type KeySegment, segmentsOf } from '../selection/segments.ts'
import { askOf, followHere, type Recipe } from './ask.ts'
import { joined } from './joined.ts'
import { clustersOf } from './kmeans.ts'
import { groupsOfShort } from './short-segments.ts'
import { keysOf, type KeyHead } from './terms.ts'

/** In which cluster a key stands in that is in none. */
export const NO_CLUSTER = -1

/** The keys that no fixed set and no sink holds, in clusters. */
export interface RestClusters {
  /** [n]: of each key; NO_CLUSTER of those that are kept, sinks, or do not take part. Segment after segment they count on. */
  readonly clusters: Int32Array
  readonly clusterCount: number
}

interface RestTerms {
  /** [n], 1 = in no cluster. */
  readonly isKept: Uint8Array
  /** Of each segment. */
  readonly count: number
  readonly seed: number
}

/** The cluster within its segment of each key that is left, in row order: of all segments whose first key row is in [range). */
export const restClustersTask: RowTask<
  RestTerms & { readonly visibility: Visibility; readonly keyCount: number },
  Float64Array
> = {
  kind: 'restClusters',
  ...TRANSIENT,
  answer({ source, range, kernels }, { visibility, keyCount, ...terms }) {
    const segments = segmentsOf({ ...visibility, keyRows: range }, keyCount)
    return joined(segments.map((segment) => followHere(clustersIn(source, segment, terms), kernels)))
  },
}

/** At most `count` clusters of each segment's keys that are neither in `kept`, row ids, nor among the first `sinkTokens`. Throws Content. */
export function* restClustersOf(
  head: Pick<KeyHead, 'keys' | 'visibility'>,
  kept: Float64Array,
  count: number,
  { sinkTokens = 0, seed = 1 }: { readonly sinkTokens?: number; readonly seed?: number } = {},
): Recipe<RestClusters> {
  const keyCount = head.keys.rows
  const isKept = new Uint8Array(keyCount).fill(count === 0 ? 1 : 0).fill(1, 0, Math.min(sinkTokens, keyCount))
  for (const id of kept) isKept[id] = 1
  const segments = segmentsOf(head.visibility, keyCount)
  const own = yield* clustersInEach(head, segments, { isKept, count, seed })
  const clusters = new Int32Array(keyCount).fill(NO_CLUSTER)
  let [clusterCount, at] = [0, 0]
  for (const { ids } of segments) {
    const rest = ids.filter((id) => isKept[id] === 0)
    for (const id of rest) clusters[id] = clusterCount + own[at++]
    clusterCount += Math.min(count, rest.length)
  }
  return { clusters, clusterCount }
}

/** Of the keys that are left in all `segments`, in order. */
function* clustersInEach(
  head: Pick<KeyHead, 'keys' | 'visibility'>,
  segments: readonly KeySegment[],
  terms: RestTerms,
): Recipe<Float64Array> {
  const keys = keysOf(head)
  const groups = groupsOfShort(segments)
  const parts: Float64Array[] = []
  if (groups) {
    yield askOf({
      task: restClustersTask,
      source: keys,
      ranges: groups,
      question: { visibility: head.visibility, keyCount: keys.rows, ...terms },
      take: (part) => parts.push(part),
    })
  } else {
    for (const segment of segments) parts.push(yield* clustersIn(keys, segment, terms))
  }
  return joined(parts)
}

function* clustersIn(
  keys: MatrixSource,
  { ids, keyRows }: KeySegment,
  { isKept, count, seed }: RestTerms,
): Recipe<Float64Array> {
  const rows = ids.filter((id) => isKept[id] === 0).map((id) => id - keyRows.rowStart)
  if (rows.length === 0) return rows
  return Float64Array.from(yield* clustersOf(rowView(keys, keyRows), rows, count, seed))
}
