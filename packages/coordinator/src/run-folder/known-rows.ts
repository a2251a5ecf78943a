import type { RowRange } from '@levattention/core/internal'
import type { TaskKind, TaskRequest, TaskSource } from '@levattention/worker/internal'
import type { RunFolder } from './run-folder.ts'

interface Reading {
  readonly source?: TaskSource
  readonly range?: RowRange
  /** Of causal queries. */
  readonly standing?: { readonly keys: TaskSource; readonly shard: RowRange }
}

/** `request` of a task of the run in `folder`, which then reads no other rows than those that were planned. */
export function knownRows<K extends TaskKind>(
  { keyContent, queryContent }: RunFolder,
  kind: K,
  request: TaskRequest<K>,
): TaskRequest<K> {
  const { source, range, standing } = request as Reading
  // All other tasks that read rows read keys.
  const content = kind === 'search' ? queryContent : keyContent
  return {
    ...request,
    ...(source && range ? { source: { ...source, content: content.within(range) } } : {}),
    ...(standing
      ? { standing: { ...standing, keys: { ...standing.keys, content: keyContent.within(standing.shard) } } }
      : {}),
  }
}
