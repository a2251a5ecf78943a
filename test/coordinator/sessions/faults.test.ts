// Faults that really happen in an actor's thread. Catches: calls that stay pending when their thread is gone, a dead actor
// that is not replaced or is for ever, a session that does not end or keeps its process alive. Cannot catch: faults of the
// operating system's threads.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { watchWorkers, type WatchedWorkers } from '../engines/watched-workers.ts'
import { FAULTY, harmed, keysOf, marked, queriesOf, sessionOf, universalOf } from './support.ts'
import { someOf, tiered } from '../../support/tier.ts'

const DIM = 4
const queries = queriesOf(3, DIM)
let universal: Awaited<ReturnType<typeof universalOf>>
beforeAll(async () => {
  universal = await universalOf(keysOf(300, DIM), 0.05)
})

let watched: WatchedWorkers | undefined
afterEach(() => {
  vi.useRealTimers()
  watched?.restore()
  watched = undefined
})

describe('an actor that dies', () => {
  test.each(
    someOf(
      [
        ['exits', 1001, /exited with code 3/],
        ['throws what nobody catches', 1002, /a bug in a timer/],
        ['runs out of memory', 1004, /memory/],
      ],
      2,
    ),
  )(
    'because it %s: its calls reject at once, it is replaced, the same call succeeds',
    async (_name, fault, why) => {
      watched = watchWorkers(() => undefined, fault === 1004 ? { maxOldGenerationSizeMb: 32 } : undefined)
      const session = await sessionOf(universal, { entry: FAULTY })
      const wanted = await session.query(queries.data)
      const failed = session.query(marked(queries, fault))
      const beside = session.query(queries.data) // on its way to the same actor
      beside.catch(() => undefined)
      await expect(failed).rejects.toMatchObject({
        tag: 'WorkerLost',
        message: expect.stringMatching(why) as string,
      })
      // The timer leaves the thread time for one more answer.
      if (fault === 1002) await Promise.allSettled([beside])
      else await expect(beside).rejects.toMatchObject({ tag: 'WorkerLost' })
      expect(await session.query(queries.data)).toEqual(wanted)
      expect(watched.workers).toHaveLength(2)
      expect(watched.running()).toBe(1)
    },
  )

  test('by terminate: the same, and calls that waited are answered by the next', async () => {
    watched = watchWorkers()
    const session = await sessionOf(universal, { entry: FAULTY })
    const wanted = await session.query(queries.data)
    const begun = harmed(1003)
    const calls = [marked(queries, 1003), queries.data, queries.data].map((data) => session.query(data))
    const outcomes = Promise.allSettled(calls)
    await begun
    await watched.workers[0].terminate()
    const [looping, onItsWay, waited] = await outcomes
    expect(looping).toMatchObject({ status: 'rejected', reason: { tag: 'WorkerLost' } })
    expect(onItsWay).toMatchObject({ status: 'rejected', reason: { tag: 'WorkerLost' } })
    expect(waited).toEqual({ status: 'fulfilled', value: wanted })
  })

  test('because it hangs: it is ended at the limit and replaced, though nobody waits any more', async () => {
    watched = watchWorkers()
    const session = await sessionOf(universal, { entry: FAULTY, partLimitMs: 1000 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const begun = harmed(1003)
    const given = session.query(marked(queries, 1003), { timeoutMs: 20 })
    await begun
    vi.advanceTimersByTime(20)
    expect((await given).complete).toBe(false)
    const patient = session.query(marked(queries, 1003)) // on its way to the same actor
    vi.advanceTimersByTime(1000)
    await expect(patient).rejects.toMatchObject({
      tag: 'WorkerLost',
      message: expect.stringMatching(/did not answer within 1000 ms/) as string,
    })
    expect((await session.query(queries.data)).complete).toBe(true)
    expect(watched.running()).toBe(1)
  })

  test('takes only its own calls with it', async () => {
    const session = await sessionOf(universal, { actorCount: 2, entry: FAULTY })
    const sleeping = session.query(marked(queries, 1010, 300))
    await expect(session.query(marked(queries, 1001))).rejects.toMatchObject({ tag: 'WorkerLost' })
    expect((await sleeping).complete).toBe(true)
  })

  test('several times in a row is replaced each time', async () => {
    const session = await sessionOf(universal, { entry: FAULTY })
    for (let i = 0; i < tiered(2, 5); i++)
      await expect(session.query(marked(queries, 1001))).rejects.toMatchObject({ tag: 'WorkerLost' })
    expect((await session.query(queries.data)).complete).toBe(true)
  })

  test('while the next one cannot start at first: another is tried', async () => {
    watched = watchWorkers((index) => (index === 1 || index === 2 ? 'process.exit(1)' : undefined))
    const session = await sessionOf(universal, { entry: FAULTY })
    await expect(session.query(marked(queries, 1001))).rejects.toMatchObject({ tag: 'WorkerLost' })
    expect((await session.query(queries.data)).complete).toBe(true)
    expect(watched.workers).toHaveLength(4)
  })

  test('and none can start in its place: waiting and later calls say so', async () => {
    watched = watchWorkers((index) => (index > 0 ? 'throw new Error("no more threads")' : undefined))
    const session = await sessionOf(universal, { entry: FAULTY })
    const [failed, beside, waiting] = [marked(queries, 1001), queries.data, queries.data].map((data) =>
      session.query(data),
    )
    const cannot = {
      tag: 'WorkerLost',
      message: expect.stringMatching(/cannot start: .*no more threads/) as string,
    }
    const wait = expect(waiting).rejects.toMatchObject(cannot)
    await expect(failed).rejects.toMatchObject({ tag: 'WorkerLost' })
    await expect(beside).rejects.toMatchObject({ tag: 'WorkerLost' })
    await wait
    await expect(session.query(queries.data)).rejects.toMatchObject(cannot)
    expect(session.released).toBe(true)
    expect(watched.workers).toHaveLength(4)
  })
})

describe('a session that cannot start', () => {
  test.each([
    ['throws while loading', 'throw new Error("broken file")', /broken file/],
    ['exits while loading', 'process.exit(7)', /code 7/],
  ])('because its file %s says why, and leaves no thread', async (_name, program, why) => {
    watched = watchWorkers()
    const entry = new URL(`data:text/javascript,${encodeURIComponent(program)}`)
    await expect(sessionOf(universal, { entry, actorCount: 2 })).rejects.toMatchObject({
      tag: 'WorkerLost',
      message: expect.stringMatching(why) as string,
    })
    expect(watched.running()).toBe(0)
  })

  test('because its kernels cannot be made says so', async () => {
    await expect(
      sessionOf(universal, { kernelSource: { kernelsModule: {} as never } }),
    ).rejects.toMatchObject({
      tag: 'WorkerLost',
    })
  })
})

describe('release', () => {
  test('rejects what is under way, ends threads that never answer, and may be repeated', async () => {
    watched = watchWorkers()
    const session = await sessionOf(universal, { actorCount: 2, entry: FAULTY })
    const begun = harmed(1003)
    const looping = expect(session.query(marked(queries, 1003))).rejects.toMatchObject({ tag: 'Aborted' })
    await begun
    await session.release()
    await looping
    expect(watched.running()).toBe(0)
    await session.release()
    await expect(session.query(queries.data)).rejects.toMatchObject({ tag: 'Aborted' })
  })

  test('an answer that cannot be sent fails its call; the actor goes on', async () => {
    const session = await sessionOf(universal, { entry: FAULTY })
    await expect(session.query(marked(queries, 1005))).rejects.toThrow()
    expect((await session.query(queries.data)).complete).toBe(true)
  })

  test('a process that forgets it ends all the same, but not before its calls are answered', () => {
    const program = `
      import { matrix } from '@levattention/core'
      import { levattention } from '@levattention/coordinator'
      const lev = await levattention({ workers: 1 })
      const keys = matrix(Float32Array.from({ length: 400 }, (_, i) => (i * 7919) % 13), { rows: 100, cols: 4 })
      const universal = await (await levattention({ workers: 0 })).universalSet(keys, { epsilon: 0.05 })
      const session = await lev.session(universal)
      session.query(Float32Array.of(1, 2, 3, 4)).then((answer) => console.log(answer.complete))`
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    const args = ['--input-type=module', '--eval', program]
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })).toBe(
      'true\n',
    )
  })
})
