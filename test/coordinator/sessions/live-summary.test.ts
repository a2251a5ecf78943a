// A live KeySummary on a real thread. Catches: an answer that speaks of other rows than those pushed before it, pushes that
// are lost, half absorbed or told of too early, calls that hang once the thread is gone. Cannot catch: a wrong summary
// (test/core/summary, test/laws).
import { KeySummary } from '@levattention/core'
import { compileKernels } from '@levattention/core/internal'
import { levattention, type LiveSummaryOptions } from '@levattention/coordinator'
import { LiveSummary } from '#coordinator/sessions/live-summary'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bruteForceHeavy } from '../../support/oracle.ts'
import { FAULTY, keysOf, marked, pairsIn, queriesOf, harmed } from './support.ts'
import { tiered } from '../../support/tier.ts'

const DIM = 4
const EPSILON = 0.05
const keys = keysOf(1000, DIM)
const queries = queriesOf(20, DIM)
const rows = (from: number, to: number) => keys.data.slice(from * DIM, to * DIM)

async function live(options: LiveSummaryOptions = { dim: DIM, epsilon: EPSILON }): Promise<LiveSummary> {
  const lev = await levattention()
  onTestFinished(() => lev.close())
  return await lev.liveSummary(options)
}

async function faulty(): Promise<LiveSummary> {
  const settings = { terms: { dim: DIM, epsilon: EPSILON } }
  const summary = await LiveSummary.open(
    settings,
    { kernelsModule: await compileKernels() },
    { entry: FAULTY },
  )
  onTestFinished(() => summary.release())
  return summary
}

describe('a summary that fills', () => {
  test('answers for exactly the rows pushed before each query, as brute force over them', async () => {
    const summary = await live()
    const calls = []
    for (let to = 100; to <= 1000; to += 100) {
      const pushed = summary.push(rows(to - 100, to))
      calls.push({ to, pushed, answer: summary.query(queries.data) })
    }
    for (const { to, pushed, answer } of calls) {
      expect(await pushed).toBe(to)
      const { rowCount, complete, ...found } = await answer
      expect([rowCount, complete]).toEqual([to, true])
      const expected = bruteForceHeavy(queries, { ...keys, rows: to, data: rows(0, to) }, EPSILON).pairs
      expect(pairsIn({ ...found, complete }).map(({ query, key }) => [query, key])).toEqual(
        expected.map(({ query, key }) => [query, key]),
      )
    }
  })

  test('is the summary of this thread, byte for byte, and goes on from its bytes', async () => {
    const summary = await live()
    const here = new KeySummary({ dim: DIM, epsilon: EPSILON }).update(rows(0, 600))
    await summary.push(rows(0, 200))
    await summary.push(Float32Array.from(rows(200, 600)))
    const bytes = await summary.toBytes()
    expect(await summary.universalSet()).toEqual(here.universalSet())
    expect(KeySummary.fromBytes(bytes).rowCount).toBe(600)
    const next = await live({ bytes })
    expect(await next.push(rows(600, 1000))).toBe(1000)
    const wanted = KeySummary.fromBytes(bytes).update(rows(600, 1000))
    expect(await next.toBytes()).toEqual(wanted.toBytes())
    expect(next.dim).toBe(DIM)
  })

  test('row ids count from rowStart; a higher epsilon, a limit and no rows at all are served', async () => {
    const summary = await live({ dim: DIM, epsilon: EPSILON, rowStart: 5000, form: 'triangular' })
    expect(await summary.query(queries.data)).toMatchObject({ rowCount: 0, complete: true })
    await summary.push(rows(0, 1000))
    const all = await summary.query(queries.data)
    expect(Math.min(...all.rowIds)).toBeGreaterThanOrEqual(5000)
    const high = await summary.query(queries.data, { epsilon: 0.2, limit: 1 })
    const expected = bruteForceHeavy(queries, keys, 0.2).pairs
    expect(high.scores.length + high.cut.length).toBeLessThanOrEqual(expected.length)
    expect(high.scores.length).toBe(new Set(expected.map(({ query }) => query)).size)
  })

  test('speaks of rows as they were at the push', async () => {
    const summary = await live()
    const changing = rows(0, 500)
    const pushed = summary.push(changing)
    changing.fill(0)
    await pushed
    const here = new KeySummary({ dim: DIM, epsilon: EPSILON }).update(rows(0, 500))
    expect((await summary.universalSet()).rowIds).toEqual(here.universalSet().rowIds)
  })

  test('tells of a long push as it goes on; a callback that throws fails its push, whose rows are in', async () => {
    const summary = await live({ dim: 1, epsilon: EPSILON })
    const told: number[] = []
    const long = Float64Array.from({ length: 10_000 }, (_, i) => 1 + (i % 7))
    expect(await summary.push(long, { onProgress: (rowCount) => told.push(rowCount) })).toBe(10_000)
    expect(told).toEqual([4096, 8192, 10_000])
    const onProgress = () => {
      throw new RangeError('no more')
    }
    await expect(summary.push(long, { onProgress })).rejects.toMatchObject({
      tag: 'Option',
      cause: expect.any(RangeError) as RangeError,
    })
    expect(await summary.push(new Float64Array(0))).toBe(20_000)
  })
})

describe.each(tiered([3], [1, 3]))('p = %d', (p) => {
  const terms = { dim: DIM, epsilon: EPSILON, p } as const

  test('while it fills: every heavy pair of the rows so far is there, within its ends, or its query is listed', async () => {
    const summary = await live(terms)
    const seen = { pairs: 0, decided: 0 }
    for (const [from, to] of [
      [0, 40],
      [40, 41],
      [41, 1000],
    ]) {
      await summary.push(rows(from, to))
      const answer = await summary.query(queries.data)
      expect(answer.rowCount).toBe(to)
      expect(answer.complete).toBe(answer.uncertified.length === 0)
      const soFar = { ...keys, rows: to, data: rows(0, to) }
      const all = bruteForceHeavy(queries, soFar, EPSILON * (1 - 1e-3), p).pairs
      const scores = new Map(all.map(({ query, key, score }) => [`${query}:${key}`, score]))
      const listed = new Set(answer.uncertified)
      const names = new Set<string>()
      for (let query = 0; query < answer.queryCount; query++) {
        for (let at = answer.offsets[query]; at < answer.offsets[query + 1]; at++) {
          const name = `${query}:${answer.rowIds[at]}`
          names.add(name)
          expect(scores.get(name), name).toBeGreaterThanOrEqual(answer.scoreLow![at] * (1 - 1e-9))
          expect(scores.get(name), name).toBeLessThanOrEqual(answer.scoreHigh![at] * (1 + 1e-9))
        }
      }
      const missed = all.filter(
        ({ query, key, score }) =>
          score >= EPSILON * (1 + 1e-9) && !listed.has(query) && !names.has(`${query}:${key}`),
      )
      expect(missed).toEqual([])
      seen.pairs += names.size
      seen.decided += answer.queryCount - listed.size
    }
    expect(seen.pairs).toBeGreaterThan(0)
    expect(seen.decided).toBeGreaterThan(0)
  })

  test('is the summary of this thread, byte for byte, and goes on from its bytes', async () => {
    const settings = { ...terms, form: 'triangular', seed: 7 } as const
    const summary = await live(settings)
    await summary.push(rows(0, 600))
    const here = new KeySummary(settings).update(rows(0, 600))
    const universal = await summary.universalSet()
    expect(universal).toEqual(here.universalSet())
    expect([universal.p, universal.rowIds.length > 0]).toEqual([p, true])
    const bytes = await summary.toBytes()
    expect(bytes).toEqual(here.toBytes())
    const next = await live({ bytes })
    await next.push(rows(600, 1000))
    expect(await next.toBytes()).toEqual(KeySummary.fromBytes(bytes).update(rows(600, 1000)).toBytes())
    expect((await next.universalSet()).p).toBe(p)
  })

  test('a limit keeps the largest scores, with their ends; a higher epsilon is served, a lower one refused', async () => {
    const summary = await live(terms)
    await summary.push(rows(0, 1000))
    const [all, one] = [await summary.query(queries.data), await summary.query(queries.data, { limit: 1 })]
    const first = Array.from({ length: all.queryCount }, (_, q) => all.offsets[q]).filter(
      (at, q) => at < all.offsets[q + 1],
    )
    for (const column of ['rowIds', 'scores', 'scoreLow', 'scoreHigh', 'dots'] as const)
      expect([...one[column]!]).toEqual(first.map((at) => all[column]![at]))
    const high = await summary.query(queries.data, { epsilon: 0.3 })
    expect(Math.min(1, ...high.scoreLow!)).toBeGreaterThanOrEqual(0.3)
    await expect(summary.query(queries.data, { epsilon: 0.01 })).rejects.toMatchObject({ tag: 'Option' })
  })
})

describe('calls that are wrong', () => {
  test('name what is wrong; nothing of them is absorbed', async () => {
    const summary = await live()
    await summary.push(rows(0, 100))
    const bad = rows(100, 300)
    bad[150 * DIM + 2] = Infinity
    await expect(summary.push(bad)).rejects.toMatchObject({ tag: 'Content', place: { row: 250, column: 2 } })
    await expect(summary.push(new Float32Array(3))).rejects.toMatchObject({ tag: 'ShapeMismatch' })
    await expect(summary.query(queries.data, { epsilon: 0.001 })).rejects.toMatchObject({ tag: 'Option' })
    await expect(summary.query(queries.data, { limit: 0 })).rejects.toMatchObject({ tag: 'Option' })
    expect(await summary.push(rows(100, 200))).toBe(200)
  })

  test.each([
    ['no columns', { dim: 0 }, 'Option'],
    ['an epsilon above 1', { dim: 3, epsilon: 2 }, 'Option'],
    ['p = 0', { dim: 3, p: 0 }, 'Option'],
    ['a negative p', { dim: 3, p: -1 }, 'Option'],
    ['p = NaN', { dim: 3, p: NaN }, 'Option'],
    ['damaged bytes', { bytes: new Uint8Array(100) }, 'Content'],
  ])('a summary of %s is refused as such', async (_name, options, tag) => {
    await expect(live(options)).rejects.toMatchObject({ tag })
  })
})

describe('limits', () => {
  test('more than 16 pushes that nobody awaits are refused', async () => {
    const summary = await live()
    const pushes = Array.from({ length: 20 }, () => summary.push(rows(0, 10)))
    const outcomes = await Promise.allSettled(pushes)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(16)
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { tag: 'Overloaded' } })
    expect(await summary.push(rows(0, 10))).toBe(170)
  })

  test('a query out of time is unanswered, one given up rejects; the summary goes on', async () => {
    const summary = await faulty()
    await summary.push(rows(0, 100))
    const slow = await summary.query(marked(queries, 1010, 300), { timeoutMs: 50 })
    expect(slow).toMatchObject({ complete: false, rowCount: 0, queryCount: 20 })
    expect(slow.unanswered).toHaveLength(20)
    const controller = new AbortController()
    const given = summary.query(queries.data, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(given).rejects.toMatchObject({ tag: 'Aborted', cause: { message: 'enough' } })
    expect((await summary.query(queries.data)).rowCount).toBe(100)
  })
})

describe('a thread that dies', () => {
  test.each([
    ['exit', 1001],
    ['an uncaught throw', 1002],
  ])('by %s: calls under way and later ones reject at once', async (_name, fault) => {
    const summary = await faulty()
    await summary.push(rows(0, 100))
    const failed = expect(summary.query(marked(queries, fault))).rejects.toMatchObject({ tag: 'WorkerLost' })
    const beside = expect(summary.push(marked(keys, fault))).rejects.toMatchObject({ tag: 'WorkerLost' })
    await Promise.all([failed, beside])
    await expect(summary.push(rows(0, 1))).rejects.toMatchObject({ tag: 'WorkerLost' })
  })

  test('by release: calls under way reject as given up', async () => {
    const summary = await faulty()
    const begun = harmed(1003)
    const looping = expect(summary.query(marked(queries, 1003))).rejects.toMatchObject({ tag: 'Aborted' })
    await begun
    await summary.release()
    await looping
    await expect(summary.toBytes()).rejects.toMatchObject({ tag: 'Aborted' })
    expect(summary.released).toBe(true)
  })
})
