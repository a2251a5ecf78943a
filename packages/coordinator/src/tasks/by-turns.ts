import { setImmediate as nextTurn } from 'node:timers/promises'

/** Others of this thread wait for no longer. */
const TURN_MS = 8

/** What `work` returns; others of this thread come between its pieces. */
export async function byTurns<T>(work: Generator<void, T, void>): Promise<T> {
  let turnStart = performance.now()
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    if (performance.now() - turnStart < TURN_MS) continue
    await nextTurn()
    turnStart = performance.now()
  }
}
