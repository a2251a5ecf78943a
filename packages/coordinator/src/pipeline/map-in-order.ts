import type { Engine } from '../engines/engine.ts'
import type { TaskKind, TaskRequest, TaskResult } from '@levattention/worker/internal'

/** Results may wait for an earlier one, but no more than this many a worker are asked for ahead of it. */
const AHEAD_A_WORKER = 4

/**
 * Runs one task a request and yields the results in the requests' order. At most a window of them is under way or
 * waits, so memory does not grow with their number. After a failure the other tasks are given up and waited for, then it
 * throws: what is wrong with one shard is told before the rest is done.
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
  const stop = new AbortController()
  const forward = () => stop.abort(signal?.reason)
  if (signal?.aborted) forward()
  signal?.addEventListener('abort', forward)
  const giveUp = () => {
    signal?.removeEventListener('abort', forward)
    stop.abort(new Error('nobody waits for it any more'))
  }
  yield* runInOrder(requests, window, (request) => engine.run(kind, request, stop.signal), giveUp)
}

/** As `mapInOrder`, for any work: `window` pieces of it are under way or wait. At the end `giveUp` may stop those left. */
export async function* runInOrder<T, R>(
  items: Iterable<T>,
  window: number,
  work: (item: T) => Promise<R>,
  giveUp: () => void = () => undefined,
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
    giveUp()
    await Promise.allSettled(queue)
  }
}
