import { setImmediate } from 'node:timers/promises'
import { boundsOf, Candidates, type Factor } from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import type { RunContext } from '../tasks/run-context.ts'

/** Multiply-adds of a turn of this thread: some milliseconds. */
const TURN_OPERATIONS = 1e7
const LEAST_ROWS = 64

/**
 * Bounds of all `candidates` by `factor`, in this thread, where they are: they may be many, and no other is to hold a copy. Others of
 * this thread come between. A bound depends on its own row alone, so turns change none.
 */
export async function candidateBounds(
  factor: Factor,
  candidates: Candidates,
  { kernels, signal }: Pick<RunContext, 'kernels' | 'signal'>,
): Promise<Float64Array> {
  const { count, dim, rowIds, bounds: known, keys } = candidates
  const rows = Math.max(LEAST_ROWS, Math.floor(TURN_OPERATIONS / dim ** 2))
  const bounds = new Float64Array(count)
  for (let start = 0; start < count; start += rows) {
    const end = Math.min(count, start + rows)
    const part = Candidates.of(
      dim,
      rowIds.subarray(start, end),
      known.subarray(start, end),
      keys.subarray(start * dim, end * dim),
    )
    bounds.set(boundsOf(kernels, factor, part), start)
    if (end === count) break
    await setImmediate()
    throwIfAborted(signal)
  }
  return bounds
}
