import type { Engine } from '../engines/engine.ts'
import type { TaskKind, TaskRequest, TaskResult } from '@levattention/worker'

/** Results may wait for an earlier one, but no more than this many a worker are asked for ahead of it. */
const AHEAD_A_WORKER = 4

/**
 * Runs one task a request and yields the results in the requests' order. At most a window of them is under way or
 * waits, so memory does not grow with their number. After a failure the tasks under way are waited for, then it throws.
 */
export async function* mapInOrder<K extends TaskKind>(
  engine: Engine,
  kind: K,
  requests: Iterable<TaskRequest<K>>,
  signal?: AbortSignal,
): AsyncGenerator<TaskResult<K>, void, void> {
  const kept = engine.mapKept?.(kind, [...requests], signal)
  if (kept) {
    yield* kept
    return
  }
  const window = Math.max(1, engine.workerCount * AHEAD_A_WORKER)
  yield* runInOrder(requests, window, (request) => engine.run(kind, request, signal))
}

/** As `mapInOrder`, for any work: `window` pieces of it are under way or wait. */
export async function* runInOrder<T, R>(
  items: Iterable<T>,
  window: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const iterator = items[Symbol.iterator]()
  const queue: Promise<R>[] = []
  const fill = () => {
    while (queue.length < window) {
      const next = iterator.next()
      if (next.done) return
      const running = work(next.value)
      // A later one may fail while an earlier one is awaited; it is thrown when its turn comes.
      running.catch(() => undefined)
      queue.push(running)
    }
  }
  try {
    for (fill(); queue.length > 0; fill()) {
      const result = await queue[0]
      void queue.shift()
      yield result
    }
  } finally {
    await Promise.allSettled(queue)
  }
}
