import { setMaxListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Task } from '@levattention/core/internal'
import type { Engine } from '../engines/engine.ts'

/** Results may wait for an earlier one, but no more than this many a worker are asked for ahead of it. */
const AHEAD_A_WORKER = 4

/**
 * Runs one task a request and yields the results in the requests' order. At most a window of them is under way or
 * waits, so memory does not grow with their number. After a failure the other tasks are given up and waited for, then it
 * throws: what is wrong with one shard is told before the rest is done.
 */
export async function* mapInOrder<Request, Answer>(
  engine: Engine,
  task: Task<Request, Answer>,
  requests: Iterable<Request> | AsyncIterable<Request>,
  signal?: AbortSignal,
): AsyncGenerator<Answer, void, void> {
  const { stopped, giveUp } = stoppable(signal)
  const work = (request: Request) => engine.run(task, request, stopped)
  yield* runInOrder(requests, windowOf(engine.workerCount), work, giveUp)
}

/** `stopped` is aborted with `signal`, and by `giveUp`. */
export function stoppable(signal: AbortSignal | undefined): { stopped: AbortSignal; giveUp: () => void } {
  const stop = new AbortController()
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  // A listener a task that is under way: as many as the window is wide.
  setMaxListeners(0, stopped)
  return { stopped, giveUp: () => stop.abort(new Error('nobody waits for it any more')) }
}

/** Pieces of work that are under way or wait, for so many threads. */
export function windowOf(workerCount: number): number {
  return Math.max(1, workerCount * AHEAD_A_WORKER)
}

/** Others of this thread wait for no longer while results that are there already are taken one behind the other. */
const TURN_MS = 8

/** As `mapInOrder`, for any work: `window` pieces of it are under way or wait. At the end `giveUp` may stop those left. */
export async function* runInOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  window: number,
  work: (item: T) => Promise<R>,
  giveUp: () => void = () => undefined,
): AsyncGenerator<R, void, void> {
  const queue: Promise<R>[] = []
  let turnStart = performance.now()
  const first = async () => {
    if (performance.now() - turnStart > TURN_MS) {
      await nextTurn()
      turnStart = performance.now()
    }
    return await (queue.shift() as Promise<R>)
  }
  try {
    for await (const item of items) {
      const running = work(item)
      // A later one may fail while an earlier one is awaited; it is thrown when its turn comes.
      running.catch(() => undefined)
      queue.push(running)
      if (queue.length === window) yield await first()
    }
    while (queue.length > 0) yield await first()
  } finally {
    giveUp()
    await Promise.allSettled(queue)
  }
}
