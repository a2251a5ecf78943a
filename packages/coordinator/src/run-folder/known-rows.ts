import type { RowRange } from '@levattention/core/internal'
import type { TaskKind, TaskRequest, TaskSource } from '@levattention/worker/internal'
import type { RunFolder } from './run-folder.ts'

/** Tasks over queries; all others that read rows read keys. */
const OF_QUERIES: readonly TaskKind[] = ['search', 'searchPrefix']

interface Reading {
  readonly source?: TaskSource
  readonly range?: RowRange
  /** Of causal queries: the shard of the keys in which they stand. */
  readonly keys?: TaskSource
  readonly shard?: RowRange
}

/** `request` of a task of the run in `folder`, which then reads no other rows than those that were planned. */
export function knownRows<K extends TaskKind>(
  { keyContent, queryContent }: RunFolder,
  kind: K,
  request: TaskRequest<K>,
): TaskRequest<K> {
  const { source, range, keys, shard } = request as Reading
  const content = OF_QUERIES.includes(kind) ? queryContent : keyContent
  return {
    ...request,
    ...(source && range ? { source: { ...source, content: content.within(range) } } : {}),
    ...(keys && shard ? { keys: { ...keys, content: keyContent.within(shard) } } : {}),
  }
}
