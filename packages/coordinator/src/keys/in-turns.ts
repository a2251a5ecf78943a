import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '../aborts/abort.ts'

/** Multiply-adds of a turn of this thread: some milliseconds. */
const TURN_OPERATIONS = 1e7
const LEAST_ROWS = 64

/**
 * A number [count] of each row, d² operations each, by `part` of rows [start, end) in this thread, where they are: they may be many, and
 * no other is to hold a copy. Others of this thread come between. Throws Aborted.
 */
export async function inTurns(
  count: number,
  dim: number,
  signal: AbortSignal | undefined,
  part: (start: number, end: number) => Float64Array,
): Promise<Float64Array> {
  const rows = Math.max(LEAST_ROWS, Math.floor(TURN_OPERATIONS / dim ** 2))
  const numbers = new Float64Array(count)
  for (let start = 0; start < count; start += rows) {
    const end = Math.min(count, start + rows)
    numbers.set(part(start, end), start)
    if (end === count) break
    await setImmediate()
    throwIfAborted(signal)
  }
  return numbers
}
