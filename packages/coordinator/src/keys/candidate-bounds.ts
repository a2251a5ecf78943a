import { boundsOf, Candidates, type Factor } from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import { inTurns } from './in-turns.ts'

/** Bounds of all `candidates` by `factor`, in turns of this thread. A bound depends on its own row alone, so turns change none. */
export async function candidateBounds(
  factor: Factor,
  { count, dim, rowIds, bounds, keys }: Candidates,
  { kernels, signal }: Pick<RunContext, 'kernels' | 'signal'>,
): Promise<Float64Array> {
  return await inTurns(count, dim, signal, (start, end) => {
    const rows = keys.subarray(start * dim, end * dim)
    const part = Candidates.of(dim, rowIds.subarray(start, end), bounds.subarray(start, end), rows)
    return boundsOf(kernels, factor, part)
  })
}
