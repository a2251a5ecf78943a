// Catches: results out of order, more tasks under way than the bound, a failure that leaves tasks running or hides behind a
// later one, a break or an abort that hangs. Cannot catch: an engine that never settles a task.
import { LevError, type Task } from '@levattention/core/internal'
import { type Engine } from '#coordinator/engines/engine'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { mapInOrder } from '#coordinator/tasks/map-in-order'
import { scalarKernels } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { PING } from '@levattention/worker/internal'

/** An engine whose tasks end when and how the test says; the request is the task's number. */
class ManualEngine implements Engine {
  readonly concurrency = 1
  readonly kernelsName = 'none'
  readonly workerCount: number
  readonly startedCount = 0
  readonly started: number[] = []
  readonly settled: number[] = []
  readonly #ends = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()

  constructor(workerCount: number) {
    this.workerCount = workerCount
  }

  get underWay(): number {
    return this.started.length - this.settled.length
  }

  async run<Request, Answer>(
    _task: Task<Request, Answer>,
    request: Request,
    _signal?: AbortSignal,
  ): Promise<Answer> {
    const { id } = request as unknown as { id: number }
    this.started.push(id)
    const ended = new Promise<unknown>((resolve, reject) => this.#ends.set(id, { resolve, reject }))
    return (await ended) as Answer
  }

  async end(id: number, error?: Error): Promise<void> {
    this.settled.push(id)
    if (error) this.#ends.get(id)!.reject(error)
    else this.#ends.get(id)!.resolve({ kernels: String(id) })
    await breathe()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

const breathe = () => new Promise((resolve) => setImmediate(resolve))
const requests = (count: number) => Array.from({ length: count }, (_, id) => ({ id }))

/** Consumes the results; resolves to what came and, if it failed, the error. */
async function collect(engine: Engine, count: number) {
  const results: number[] = []
  try {
    for await (const { kernels } of mapInOrder(engine, PING, requests(count))) results.push(Number(kernels))
    return { results, error: undefined }
  } catch (error) {
    return { results, error }
  }
}

test('results come in the order of the requests, whatever order tasks end in; never more than 4 a worker are under way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(30),
      fc.integer({ min: 0, max: 3 }),
      fc.infiniteStream(fc.nat(1000)),
      async (count, workers, choices) => {
        const engine = new ManualEngine(workers)
        const all = collect(engine, count)
        await breathe()
        for (let ended = 0; ended < count; ended++) {
          expect(engine.started.length - ended).toBeLessThanOrEqual(Math.max(1, 4 * workers) + ended)
          expect(engine.underWay).toBeLessThanOrEqual(Math.max(1, 4 * workers))
          expect(engine.underWay).toBeGreaterThan(0)
          const open = engine.started.filter((id) => !engine.settled.includes(id))
          await engine.end(open[Number(choices.next().value) % open.length])
        }
        expect(await all).toEqual({ results: [...Array(count).keys()], error: undefined })
      },
    ),
    { numRuns: 30 },
  )
})

test('a failure waits for its turn and for the tasks under way, then it is thrown; no task is started after', async () => {
  const engine = new ManualEngine(1)
  const failure = new LevError('Content', 'row 7')
  let done = false
  const all = collect(engine, 10).finally(() => {
    done = true
  })
  await breathe()
  expect(engine.started).toEqual([0, 1, 2, 3])
  await engine.end(1, failure)
  await engine.end(0)
  expect(done).toBe(false)
  await engine.end(3, new Error('later'))
  expect(done).toBe(false)
  for (const id of engine.started) if (!engine.settled.includes(id)) await engine.end(id)
  expect(await all).toEqual({ results: [0], error: failure })
  expect(engine.started.length).toBeLessThanOrEqual(5)
})

test('a failure gives up the others at once: what is wrong is told before the rest is done', async () => {
  const begun: number[] = []
  class EndlessEngine extends ManualEngine {
    override async run<Request, Answer>(
      _task: Task<Request, Answer>,
      request: Request,
      signal?: AbortSignal,
    ): Promise<Answer> {
      const { id } = request as unknown as { id: number }
      begun.push(id)
      if (id === 0) throw new LevError('Content', 'row 7')
      return await new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason as Error)),
      )
    }
  }
  const { results, error } = await collect(new EndlessEngine(2), 100)
  expect({ results, error }).toEqual({ results: [], error: new LevError('Content', 'row 7') })
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('a consumer that stops early waits for what is under way', async () => {
  const engine = new ManualEngine(1)
  let stopped = false
  const consumer = (async () => {
    for await (const _ of mapInOrder(engine, PING, requests(10))) break
    stopped = true
  })()
  await breathe()
  await engine.end(0)
  expect(stopped).toBe(false)
  for (const id of [1, 2, 3]) await engine.end(id)
  await consumer
  expect(engine.started).toEqual([0, 1, 2, 3])
})

test('an abort stops before the next task with its reason', async () => {
  const controller = new AbortController()
  const engine = new InlineEngine(scalarKernels)
  const results: string[] = []
  const run = async () => {
    for await (const { kernels } of mapInOrder(engine, PING, [{}, {}, {}, {}], controller.signal)) {
      results.push(kernels)
      if (results.length === 2) controller.abort(new Error('enough'))
    }
  }
  await expect(run()).rejects.toMatchObject({ tag: 'Aborted', cause: { message: 'enough' } })
  expect(results).toEqual(['scalar', 'scalar'])
})

test('requests are taken as they are needed: an endless list is no problem', async () => {
  let taken = 0
  function* endless() {
    for (;;) yield { id: taken++ }
  }
  const engine = new InlineEngine(scalarKernels)
  let seen = 0
  for await (const _ of mapInOrder(engine, PING, endless())) if (++seen === 5) break
  expect(taken).toBeLessThanOrEqual(6)
})
