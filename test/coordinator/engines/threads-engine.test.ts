// Catches: a dead worker that takes its task with it, a task that is tried for ever, errors that lose tag or place on the way
// between threads, a pool that cannot start and hangs, threads that stay after close. Cannot catch: what only a full machine
// does to threads.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import {
  exactPass,
  type ExactTerms,
  gramPass,
  scalarKernels,
  type ShardRequest,
} from '@levattention/core/internal'
import { type Engine } from '#coordinator/engines/engine'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { ThreadsEngine } from '#coordinator/engines/threads-engine'
import { PING } from '@levattention/worker/internal'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { standingTasks } from '../../faults/support.ts'
import { eachEngine } from '../../support/each-engine.ts'
import { stack } from '../../support/matrices.ts'
import { sourceOf } from '../../support/run-inline.ts'
import { watchWorkers, type WatchedWorkers } from './watched-workers.ts'

const settings = { kernelsModule: undefined }
const rows = (count: number) => ({ rowStart: 0, rowEnd: count })
const small = sourceOf(stack([Float64Array.of(1, 2), Float64Array.of(3, 4)], 2))

/** A task that stands still where `standingTasks` says so. */
function task(): ShardRequest & ExactTerms {
  const [n, m, dim] = [2000, 6, 8]
  const keys = { rows: n, cols: dim, data: Float64Array.from({ length: n * dim }, (_, i) => Math.sin(i)) }
  return {
    source: sourceOf(keys).spec,
    range: rows(n),
    factor: { exponents: new Int32Array(dim) },
    queries: Float64Array.from({ length: m * dim }, (_, i) => Math.cos(i)),
    epsilon: 0.001,
    precision: 'exact',
    insideRows: new Float64Array(0),
    p: 2,
  }
}

let watched: WatchedWorkers | undefined
let engine: Engine | undefined
afterEach(async () => {
  vi.useRealTimers()
  await engine?.close()
  watched?.restore()
  engine = undefined
  watched = undefined
})

eachEngine('every engine', (context) => {
  const run = () => context().engine
  const content = (file: string, row: number, column: number) => ({
    tag: 'Content',
    place: { file, row, column },
  })

  test('answers with the task’s result', async () => {
    const tau = await run().run(PING, {})
    expect(tau).toEqual({ kernels: run().kernelsName })
  })

  test('an error keeps its tag, place and message', async () => {
    const bad = sourceOf(stack([Float64Array.of(1, 2), Float64Array.of(3, NaN)], 2))
    const request = { source: bad.spec, range: rows(2) }
    const failure = expect(run().run(gramPass, request)).rejects
    await failure.toMatchObject({ ...content('(matrix in memory)', 1, 1), name: 'LevError' })
    await expect(run().run(gramPass, request)).rejects.toThrow(/row 1, column 1 is NaN/)
    // The engine goes on.
    const { summary } = await run().run(gramPass, { source: small.spec, range: rows(2) })
    expect(summary.length).toBeGreaterThan(100)
  })

  test('an error that is none of ours keeps its message, as Internal between threads', async () => {
    const request = { source: small.spec } as unknown as ShardRequest
    await expect(run().run(gramPass, request)).rejects.toThrow(/rowStart|rowEnd/)
    const failed = await run()
      .run(gramPass, request)
      .catch((error: unknown) => error)
    if (run().workerCount === 0) expect(failed).toBeInstanceOf(TypeError)
    else expect(failed).toMatchObject({ name: 'LevError', tag: 'Internal' })
  })

  test('a task is not begun after an abort, which is told with its reason', async () => {
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(run().run(PING, {}, signal)).rejects.toMatchObject({
      tag: 'Aborted',
      cause: { message: 'too late' },
    })
    expect(await run().run(PING, {})).toBeDefined()
  })
})

describe('a worker that dies', () => {
  test('is replaced and its task done by another, to the same result', async () => {
    watched = watchWorkers()
    const { entry, begun } = standingTasks('exact', 1)
    engine = new ThreadsEngine(1, settings, { entry })
    await engine.run(PING, {})
    expect(watched.workers).toHaveLength(1)
    const result = engine.run(exactPass, task())
    await begun(0)
    await watched.workers[0].terminate()
    expect(await result).toEqual(await new InlineEngine(scalarKernels).run(exactPass, task()))
    expect(watched.workers.length).toBeGreaterThan(1)
    expect(await engine.run(PING, {})).toEqual({ kernels: 'scalar' })
  })

  test('three times with one task: the task’s rows are named, the engine goes on', async () => {
    watched = watchWorkers()
    const { entry, begun } = standingTasks('exact', 3)
    engine = new ThreadsEngine(1, settings, { entry })
    await engine.run(PING, {})
    const failed = expect(engine.run(exactPass, task())).rejects.toMatchObject({
      tag: 'WorkerLost',
      message: expect.stringMatching(/task exact of rows 0 to 1999 failed 3 times/) as string,
    })
    for (let i = 0; i < 3; i++) {
      await begun(i)
      await watched.workers[i].terminate()
    }
    await failed
    expect(await engine.run(PING, {})).toEqual({ kernels: 'scalar' })
  })

  test('while it starts in place of another: the tasks are done by a third, as are those that wait', async () => {
    watched = watchWorkers((index) => (index === 1 ? 'process.exit(1)' : undefined))
    const { entry, begun } = standingTasks('exact', 1)
    engine = new ThreadsEngine(1, settings, { entry })
    await engine.run(PING, {})
    const underWay = engine.run(exactPass, task())
    const waiting = engine.run(PING, {})
    await begun(0)
    await watched.workers[0].terminate()
    expect(await waiting).toEqual({ kernels: 'scalar' })
    expect(await underWay).toEqual(await new InlineEngine(scalarKernels).run(exactPass, task()))
    expect(watched.workers).toHaveLength(3)
  })

  test.each([
    ['exits', 'process.exit(1)'],
    ['throws', 'throw new Error("broken file")'],
  ])('and so does each that takes its place (%s): every task fails, saying why', async (_name, program) => {
    watched = watchWorkers((index) => (index === 0 ? undefined : program))
    const { entry, begun } = standingTasks('exact', 1)
    engine = new ThreadsEngine(1, settings, { entry })
    await engine.run(PING, {})
    const lost = { tag: 'WorkerLost', message: expect.stringMatching(/died while it started/) as string }
    const underWay = expect(engine.run(exactPass, task())).rejects.toMatchObject(lost)
    const waiting = expect(engine.run(PING, {}, new AbortController().signal)).rejects.toMatchObject(lost)
    await begun(0)
    await watched.workers[0].terminate()
    await Promise.all([underWay, waiting])
  })
})

test('an abort stops a task under way at once, and the engine goes on', async () => {
  const { entry, begun } = standingTasks('exact', 1)
  engine = new ThreadsEngine(1, settings, { entry })
  const controller = new AbortController()
  const result = engine.run(exactPass, task(), controller.signal)
  await begun(0)
  controller.abort(new Error('enough'))
  await expect(result).rejects.toMatchObject({ tag: 'Aborted', cause: { message: 'enough' } })
  expect(await engine.run(PING, {})).toEqual({ kernels: 'scalar' })
})

describe('a worker that shows no sign of life', () => {
  test('while it starts in place of another: every task fails after three limits, saying why', async () => {
    watched = watchWorkers((index) => (index === 0 ? undefined : 'for (;;);'))
    const { entry, begun } = standingTasks('exact', 1)
    engine = new ThreadsEngine(1, settings, { entry })
    await engine.run(PING, {})
    // Limits are counted in ticks of a timer: time passes as fast as this thread turns.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const lost = { tag: 'WorkerLost', message: expect.stringMatching(/no worker began it/) as string }
    const underWay = expect(engine.run(exactPass, task())).rejects.toMatchObject(lost)
    const waiting = expect(engine.run(PING, {})).rejects.toMatchObject(lost)
    await begun(0)
    await watched.workers[0].terminate()
    const state = { isOver: false }
    const over = Promise.all([underWay, waiting]).finally(() => (state.isOver = true))
    while (!state.isOver) {
      await new Promise(setImmediate)
      vi.advanceTimersByTime(1000)
    }
    await over
    await engine.close()
    expect(watched.running()).toBe(0)
  })
})

test('threads start under node --input-type=module --eval, whose flags keep an actor’s thread from loading its file', () => {
  // The pool’s threads begin with a CommonJS file, which the flag does not touch: on Node 20, 22 and 24 they need no help.
  const program = `
    import { matrix } from '@levattention/core'
    import { levattention } from '@levattention/coordinator'
    const lev = await levattention({ workers: 1 })
    const keys = matrix(Float32Array.of(3, 0, 0, 4), { rows: 2, cols: 2 })
    console.log((await lev.universalSet(keys, { epsilon: 0.5 })).rowIds.join())
    await lev.close()`
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const args = ['--input-type=module', '--eval', program]
  const text = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
  expect(text).toBe('0,1\n')
})

describe('workers that cannot start', () => {
  test.each([
    ['throw while loading', 'throw new Error("broken file")'],
    ['exit while loading', 'process.exit(7)'],
  ])('%s: the first task says so, and what to do', async (_name, program) => {
    watched = watchWorkers(() => program)
    engine = new ThreadsEngine(2, settings)
    await expect(engine.run(PING, {})).rejects.toMatchObject({ tag: 'WorkerLost' })
    await expect(engine.run(gramPass, { source: small.spec, range: rows(2) })).rejects.toThrow(
      /cannot start.*`workers: 0`/,
    )
  })

  test('kernels that cannot be made are told as what they are', async () => {
    engine = new ThreadsEngine(1, { kernelsModule: {} as never })
    await expect(engine.run(PING, {})).rejects.toMatchObject({ tag: 'Internal' })
  })
})

describe('close', () => {
  test('leaves no thread, while idle or at work; a task under way fails', async () => {
    watched = watchWorkers()
    const idle = new ThreadsEngine(2, settings)
    await idle.run(PING, {})
    const { entry, begun } = standingTasks('exact', 1)
    const busy = new ThreadsEngine(1, settings, { entry })
    const failed = expect(busy.run(exactPass, task())).rejects.toThrow()
    await begun(0)
    expect(watched.running()).toBe(3)
    await Promise.all([idle.close(), busy.close()])
    await failed
    expect(watched.running()).toBe(0)
  })

  test('right after tasks were given up leaves no thread, nor starts others in their place', async () => {
    watched = watchWorkers()
    const { entry, begun } = standingTasks('exact', 2)
    const given = new ThreadsEngine(2, settings, { entry })
    const controller = new AbortController()
    const tasks = [1, 2, 3].map(() => given.run(exactPass, task(), controller.signal))
    const settled = Promise.allSettled(tasks)
    await begun(1)
    controller.abort(new Error('enough'))
    await given.close()
    expect(watched.running()).toBe(0)
    await settled
    // As long as a thread takes to start and end.
    await once(new Worker('', { eval: true }), 'exit')
    expect(watched.running()).toBe(0)
    await expect(given.run(PING, {})).rejects.toMatchObject({ tag: 'Aborted' })
    expect(watched.running()).toBe(0)
  })

  test('of an engine that was never used ends it as well', async () => {
    watched = watchWorkers()
    const engineOfNoUse = new ThreadsEngine(2, settings)
    await engineOfNoUse.close()
    expect(watched.running()).toBe(0)
    await expect(engineOfNoUse.run(PING, {})).rejects.toThrow()
  })
})
