// Calls to sessions on real threads, as built. Catches: a wrong call that is let through or ends its session, limits of time
// and number that are not kept or not told, calls that hang or that one large call starves, a source that is read ahead
// without end. Cannot catch: latency (scripts/bench-session.mjs measures it).
import { matrix } from '@levattention/core'
import { levattention, type SessionAnswer } from '@levattention/coordinator'
import { partRowsOf } from '#coordinator/sessions/query-call'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { DIM, EPSILON, keys, queries, universal } from './example.ts'
import { FAULTY, harmed, marked, pairsIn, queriesOf, sessionOf } from './support.ts'

describe('calls that are wrong', () => {
  test('say what is wrong with them; the session goes on', async () => {
    const session = await sessionOf(universal)
    const bad = queries.data.slice()
    bad[2000 * DIM + 3] = NaN
    bad[(queries.rows - 1) * DIM] = -Infinity
    await expect(session.query(bad)).rejects.toMatchObject({
      tag: 'Content',
      place: { input: 'queries', row: 2000, column: 3, value: 'NaN', count: 2, rowCount: 2, columns: [0, 3] },
      message: expect.stringMatching(/row 2000, column 3 is NaN \(queries\); 2 values/) as string,
    })
    await expect(session.query(new Float64Array(DIM + 1))).rejects.toMatchObject({ tag: 'ShapeMismatch' })
    await expect(session.query([1, 2, 3, 4] as never)).rejects.toMatchObject({ tag: 'ShapeMismatch' })
    for (const limit of [0, 1.5, -1, NaN])
      await expect(session.query(queries.data, { limit })).rejects.toMatchObject({ tag: 'Option' })
    for (const timeoutMs of [0, -1, NaN])
      await expect(session.query(queries.data, { timeoutMs })).rejects.toMatchObject({ tag: 'Option' })
    expect((await session.query(queries.data)).complete).toBe(true)
  })

  test('through levattention(): options are checked, close ends the session', async () => {
    const lev = await levattention({ workers: 1 })
    const small = await lev.universalSet(matrix(keys.data, { rows: keys.rows, cols: keys.cols }), {
      epsilon: EPSILON,
    })
    await expect(lev.session(small, { epsilon: EPSILON / 2 })).rejects.toMatchObject({ tag: 'Option' })
    await expect(lev.session(small, { actors: 0 })).rejects.toMatchObject({ tag: 'Option' })
    await expect(lev.session(small, { maxWaiting: 0.5 })).rejects.toMatchObject({ tag: 'Option' })
    const session = await lev.session(small)
    expect(session.actorCount).toBe(1)
    expect((await session.query(queries.data)).scores.length).toBeGreaterThan(1000)
    await lev.close()
    await expect(session.query(queries.data)).rejects.toMatchObject({ tag: 'Aborted' })
    await expect(lev.session(small)).rejects.toMatchObject({ tag: 'Option' })
  })
})

describe('progress', () => {
  test('is told after each part, up to all', async () => {
    const session = await sessionOf(universal, { actorCount: 2 })
    const told: number[] = []
    await session.query(queries.data, {
      onProgress: ({ stage, done, total }) => {
        expect([stage, total]).toEqual(['query', 2500])
        told.push(done)
      },
    })
    expect(told).toHaveLength(Math.ceil(2500 / partRowsOf(universal)))
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(2500)
  })

  test('a callback that throws fails its call, as the cause of an error of ours; the session goes on', async () => {
    const session = await sessionOf(universal)
    const onProgress = () => {
      throw new RangeError('no more')
    }
    const refused = { tag: 'Option', cause: expect.any(RangeError) as RangeError }
    await expect(session.query(queries.data, { onProgress })).rejects.toMatchObject(refused)
    // Nobody else hears of this one: it would end the process.
    const later: () => unknown = async () => await Promise.reject(new RangeError('later'))
    const asked = session.query(queries.data, { onProgress: later })
    await expect(asked).rejects.toMatchObject(refused)
    expect((await session.query(queries.data)).complete).toBe(true)
  })
})

describe('cancellation', () => {
  test('rejects at once with the reason, before and during a call; other calls are answered', async () => {
    const session = await sessionOf(universal, { actorCount: 2, entry: FAULTY })
    const gone = AbortSignal.abort(new Error('too late'))
    await expect(session.query(queries.data, { signal: gone })).rejects.toMatchObject({ tag: 'Aborted' })
    const controller = new AbortController()
    const begun = harmed(1010)
    const slow = session.query(marked(queries, 1010, Infinity), { signal: controller.signal })
    const other = session.query(queries.data)
    await begun
    controller.abort(new Error('enough'))
    await expect(slow).rejects.toMatchObject({ tag: 'Aborted', cause: { message: 'enough' } })
    expect((await other).complete).toBe(true)
  })

  test('one signal may serve many calls without a warning of a leak', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error) => warnings.push(warning)
    process.on('warning', listen)
    const session = await sessionOf(universal)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 40 }, () => session.query(queries.data.slice(0, DIM), { signal })))
    // Warnings are emitted on the next tick.
    await new Promise(setImmediate)
    process.off('warning', listen)
    expect(warnings).toEqual([])
  })
})

test('where time runs out, what is known by then is the answer, and what is not is listed', async () => {
  const session = await sessionOf(universal, { actorCount: 2, entry: FAULTY })
  const partRows = partRowsOf(universal)
  const two = { ...queries, rows: 2 * partRows, data: queries.data.slice(0, 2 * partRows * DIM) }
  const whole = await session.query(two.data, { timeoutMs: 60_000 })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  // The time is over as soon as the other part is answered.
  const onProgress = () => void vi.advanceTimersByTime(1000)
  const slow = await session.query(marked(two, 1010, Infinity), { timeoutMs: 1000, onProgress })
  expect(slow.complete).toBe(false)
  expect([...slow.unanswered]).toEqual([...Array(partRows).keys()]) // the first part slept
  const rest = (answer: SessionAnswer) => pairsIn(answer).filter(({ query }) => query >= partRows)
  expect(rest(slow)).toEqual(rest(whole))
  expect(rest(slow).length).toBeGreaterThan(100)
  expect(whole.complete).toBe(true)
})

describe('many calls', () => {
  test('beyond maxWaiting are refused, and taken again once some are answered', async () => {
    const session = await sessionOf(universal, { maxWaiting: 3, entry: FAULTY })
    const few = queriesOf(2, DIM)
    const sleeping = session.query(marked(few, 1010, 150))
    // One more is on its way to the actor; three wait.
    const taken = Array.from({ length: 4 }, () => session.query(few.data))
    expect(session.waitingCount).toBe(3)
    await expect(session.query(few.data)).rejects.toMatchObject({ tag: 'Overloaded' })
    await Promise.all([sleeping, ...taken])
    expect((await session.query(few.data)).complete).toBe(true)
  })

  test('take turns: a small one does not wait for all of a large one', async () => {
    const session = await sessionOf(universal)
    const large = queriesOf(60_000, DIM)
    let done = 0
    const slow = session.query(large.data, { onProgress: (progress) => (done = progress.done) })
    const small = await session.query(queries.data.slice(0, DIM))
    expect(small.complete).toBe(true)
    expect(done).toBeLessThan(60_000 / 2)
    expect((await slow).queryCount).toBe(60_000)
  })

  test('queryAll answers in order and asks for no more than can soon be answered', async () => {
    const session = await sessionOf(universal, { actorCount: 2, maxWaiting: 1 })
    const batches = Array.from({ length: 25 }, (_, b) => queriesOf(1 + b, DIM, b))
    let asked = 0
    let answered = 0
    function* source() {
      for (const batch of batches) {
        asked++
        expect(asked - answered).toBeLessThanOrEqual(5) // two an actor, and the one that is asked for
        yield batch.data
      }
    }
    for await (const answer of session.queryAll(source())) {
      expect(answer).toEqual(await session.query(batches[answered].data))
      answered++
    }
    expect(answered).toBe(25)
  })

  test('queryAll that is left early, or fails, gives up the rest and ends its source', async () => {
    const session = await sessionOf(universal)
    let ended = 0
    function* source() {
      try {
        for (;;) yield queries.data
      } finally {
        ended++
      }
    }
    for await (const answer of session.queryAll(source())) {
      expect(answer.complete).toBe(true)
      break
    }
    expect(ended).toBe(1)
    const controller = new AbortController()
    const aborted = async () => {
      for await (const _ of session.queryAll(source(), { signal: controller.signal })) controller.abort()
    }
    await expect(aborted()).rejects.toMatchObject({ tag: 'Aborted' })
    expect(ended).toBe(2)
    const failing = async () => {
      for await (const _ of session.queryAll([queries.data, new Float64Array(DIM + 1)])) continue
    }
    await expect(failing()).rejects.toMatchObject({ tag: 'ShapeMismatch' })
    expect((await session.query(queries.data)).complete).toBe(true)
  })
})
