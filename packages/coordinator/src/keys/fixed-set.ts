import {
  type NamedSet,
  fixedSetOf,
  type KeyHead,
  type RestClusters,
  restClustersOf,
} from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import { followRecipe } from './follow.ts'

/**
 * Row ids, ascending, of the keys of one key head that every query attends to, all segments together: those of core's `fixedSet`,
 * by passes over shards. `set`'s rule reads the head's queries, where it looks at any. Holds O(n + m) numbers; no n x m matrix.
 * Throws Option, Content, NotFound, InputChanged, WorkerLost, Aborted.
 */
export async function findFixedSet(head: KeyHead, set: NamedSet, context: RunContext): Promise<Float64Array> {
  return await followRecipe(fixedSetOf(head, set), context)
}

/** The keys of one key head that are neither `kept` nor sinks, in at most `count` clusters a segment. Throws as `findFixedSet`. */
export async function findRestClusters(
  head: Pick<KeyHead, 'keys' | 'visibility'>,
  kept: Float64Array,
  count: number,
  options: Parameters<typeof restClustersOf>[3],
  context: RunContext,
): Promise<RestClusters> {
  return await followRecipe(restClustersOf(head, kept, count, options), context)
}
