import {
  boundsOf,
  Candidates,
  type Factor,
  finalThreshold,
  type KeyThreshold,
  type UniversalSet,
  universalSetOfBounds,
} from '@levattention/core/internal'
import { algebra } from '../tasks/algebra.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { isLargeFor } from '../tasks/shared-sums.ts'
import { inTurns } from './in-turns.ts'

/** What a set is chosen by, beside its candidates. */
export interface Choice {
  readonly factor: Factor
  readonly epsilon: number
  readonly gramFactor?: Factor | undefined
  /** Default: the last one of epsilon. */
  readonly threshold?: KeyThreshold | undefined
}

/**
 * U of `candidates` [count, d] (core, `universalSetOf`): by a thread where d is large, whose candidates lie in shared memory; else in
 * turns of this one, as they may be many and no other is to hold a copy. A bound depends on its own row alone, so turns change none.
 */
export async function chooseKeys(
  candidates: Candidates,
  { factor, epsilon, gramFactor, threshold = finalThreshold(factor, epsilon) }: Choice,
  context: RunContext,
): Promise<UniversalSet> {
  const { kernels, signal, stats } = context
  const { dim, count } = candidates
  const terms = [factor, candidates, epsilon, gramFactor, threshold] as const
  if (isLargeFor(context, dim)) return await algebra(context, dim, 'universalSetOf', ...terms)
  return await stats.time('reduce', async () => {
    const { rowIds, bounds: known, keys } = candidates
    const bounds = await inTurns(count, dim, signal, (start, end) => {
      const rows = keys.subarray(start * dim, end * dim)
      const part = Candidates.of(dim, rowIds.subarray(start, end), known.subarray(start, end), rows)
      return boundsOf(kernels, factor, part)
    })
    return universalSetOfBounds(factor, candidates, bounds, epsilon, gramFactor, threshold)
  })
}
