import { setTimeout as sleep } from 'node:timers/promises'

/** How long threads that were told to end are waited for. */
export const CLOSE_LIMIT_MS = 10_000
const POLL_MS = 10

/** What a pool tells of one of its threads; the id of one that has ended is -1. */
interface ThreadSeen {
  readonly id: number
}

/** Threads that were told to end: a thread that waits inside the system, for a dead disk, does not until that answers. */
export class ThreadEnds {
  readonly #threads = new Set<ThreadSeen>()

  add(thread: ThreadSeen): void {
    for (const earlier of this.#threads) if (earlier.id === -1) this.#threads.delete(earlier)
    this.#threads.add(thread)
  }

  /** Waits until all have ended. After `limitMs` it warns, and waits no longer. */
  async wait(limitMs = CLOSE_LIMIT_MS): Promise<void> {
    for (let waited = 0; this.#runningCount() > 0; waited += POLL_MS) {
      if (waited >= limitMs) return this.#warn(limitMs)
      await sleep(POLL_MS)
    }
  }

  #runningCount(): number {
    return [...this.#threads].filter(({ id }) => id !== -1).length
  }

  #warn(limitMs: number): void {
    const count = this.#runningCount()
    const threads = `${count} worker thread${count === 1 ? '' : 's'}`
    process.emitWarning(
      `${threads} did not end within ${limitMs / 1000} s: the system holds them in a call, as a dead network disk does`,
      'LevAttentionWarning',
    )
  }
}
