import { setImmediate as nextTurn } from 'node:timers/promises'
import { throwIfAborted } from '../aborts/abort.ts'

/** Others of this thread wait for no longer. */
const TURN_MS = 8

/** What `work` returns; others of this thread come between its pieces. Throws Aborted, where `work` is ended. */
export async function byTurns<T>(work: Generator<void, T, void>, signal?: AbortSignal): Promise<T> {
  let turnStart = performance.now()
  try {
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
      if (performance.now() - turnStart < TURN_MS) continue
      await nextTurn()
      throwIfAborted(signal)
      turnStart = performance.now()
    }
  } finally {
    work.return(undefined as T)
  }
}
