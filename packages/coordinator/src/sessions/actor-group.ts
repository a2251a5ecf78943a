import { LevError } from '@levattention/core/internal'
import type { Progress } from '../tasks/progress.ts'
import type { Actor, ActorThread } from './actor-thread.ts'

/** Actors that die one after the other before they were ready: then there is no use in another. */
const STARTS_IN_VAIN = 3
/** Calls at once: while one is worked on the next one is on its way. */
const CALLS_AN_ACTOR = 2

interface GroupEvents {
  /** An actor has room for a call. */
  onRoom(): void
  /** No actor can be started any more. */
  onFailure(error: LevError): void
}

/** A fixed number of equal actors. One that dies is replaced. */
export class ActorGroup<A extends Actor> {
  readonly #make: () => ActorThread<A>
  readonly #events: GroupEvents
  readonly #threads = new Set<ActorThread<A>>()
  readonly #ready = new Set<ActorThread<A>>()
  #startsInVain = 0
  #closed = false

  constructor(make: () => ActorThread<A>, events: GroupEvents) {
    this.#make = make
    this.#events = events
  }

  /** Starts `count` actors and waits until all are ready. Rejects with WorkerLost where they cannot start. */
  async start(count: number, onProgress?: (progress: Progress) => void): Promise<void> {
    let done = 0
    const seat = async () => {
      await this.#seat()
      onProgress?.({ stage: 'pool', done: ++done, total: count })
    }
    await Promise.all(Array.from({ length: count }, seat))
  }

  /** Of the actors with room for a call the least busy one. */
  withRoom(): ActorThread<A> | undefined {
    let best: ActorThread<A> | undefined
    for (const thread of this.#ready) {
      if (thread.callCount < CALLS_AN_ACTOR && !(best && best.callCount <= thread.callCount)) best = thread
    }
    return best
  }

  /** Ends all threads; resolves when they have ended. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#threads].map((thread) => thread.terminate()))
  }

  /** One actor and, when it dies, the next in its place; resolves when the first of them is ready. */
  async #seat(): Promise<void> {
    while (!this.#closed) {
      const thread = this.#make()
      this.#threads.add(thread)
      void thread.ended.then(() => this.#threads.delete(thread))
      try {
        await thread.start()
      } catch (error) {
        this.#startsInVain++
        if (this.#closed || this.#startsInVain < STARTS_IN_VAIN) continue
        throw cannotStart(error)
      }
      this.#startsInVain = 0
      this.#ready.add(thread)
      void thread.ended.then(() => this.#replace(thread))
      this.#events.onRoom()
      return
    }
  }

  #replace(dead: ActorThread<A>): void {
    this.#ready.delete(dead)
    if (this.#closed) return
    // While others live, the group goes on with fewer.
    this.#seat().catch((error: LevError) => this.#ready.size === 0 && this.#events.onFailure(error))
  }
}

function cannotStart(cause: unknown): LevError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LevError('WorkerLost', `an actor’s thread cannot start: ${reason}`, {}, { cause })
}
