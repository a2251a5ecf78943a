// Values that are no finite numbers, in the library. Catches: a call whose error leaves out input, place or count, or that cannot
// be stopped while it counts; an error that depends on the engine. Cannot catch: what commands add (cli/not-finite.test.ts).
import { KeySummary, matrix, openMatrix } from '@levattention/core'
import { type LevAttention, levattention } from '@levattention/coordinator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'

const [n, d] = [20_000, 4]
const good = gaussianRows(n, d, 1, 9)
const bad = good
  .with(9000 * d + 3, NaN)
  .with(9000 * d, Infinity)
  .with(12_000 * d + 3, -Infinity)
const shape = { rows: n, cols: d }
const VALUES = {
  row: 9000,
  column: 0,
  value: 'Infinity',
  count: 3,
  infiniteCount: 2,
  rowCount: 2,
  columns: [0, 3],
}
const TEXT = 'row 9000, column 0 is Infinity (keys); 3 values are NaN or infinite, in 2 rows, columns 0 and 3'
const work = new Workspace()
afterAll(() => work.remove())

async function thrown(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe.each([0, 1, 2])('%i workers', (workers) => {
  let lev: LevAttention
  beforeAll(async () => {
    work.npy('bad.npy', [n, d], bad)
    lev = await levattention({ workers })
  })
  afterAll(() => lev.close())

  test('keys in memory, by each call', async () => {
    const keys = matrix(bad, shape)
    for (const call of [
      () => lev.universalSet(keys),
      () => lev.universalSet(keys, { causal: true }),
      () => lev.universalSet(keys, { p: 3 }),
      () => lev.universalSet(matrix(bad.slice(8000 * d), { rows: n - 8000, cols: d }), { p: 1, shards: 3 }),
      () => lev.sample(keys, { rows: 9 }),
    ]) {
      const error = (await thrown(call())) as Error
      expect(error).toMatchObject({ tag: 'Content', place: { input: 'keys', count: 3, columns: [0, 3] } })
      expect(error.message).toMatch(
        /^\(matrix in memory\): row [91]000, column 0 is Infinity \(keys\); 3 values/,
      )
    }
  })

  test('a file, and queries', async () => {
    const keys = openMatrix(work.path('bad.npy'))
    const error = await thrown(lev.universalSet(keys))
    expect(error).toMatchObject({ place: { file: work.path('bad.npy'), ...VALUES } })
    expect((error as Error).message).toBe(
      `${work.path('bad.npy')}: ${TEXT}. Every entry must be a finite number: remove or replace such values`,
    )
    const goodKeys = matrix(good, shape)
    const universal = await lev.universalSet(goodKeys, { epsilon: 0.1 })
    for (const options of [{}, { keys: goodKeys }]) {
      const answer = async () => {
        for await (const _ of lev.heavyAttentions(universal, matrix(bad, shape), options));
      }
      expect(await thrown(answer())).toMatchObject({ place: { input: 'queries', ...VALUES } })
    }
  })
})

test.each([{ p: 3 }, { p: 2, causal: true }, { p: 1, causal: true }])(
  'keys that are read again for the queries: %o',
  async (options) => {
    const lev = await levattention({ workers: 0 })
    const universal = await lev.universalSet(matrix(good, shape), { epsilon: 0.1, ...options })
    const answer = async () => {
      const queries = matrix(good.slice(0, 20 * d), { rows: 20, cols: d })
      const stands = options.causal ? { queryStart: 8990 } : {}
      for await (const _ of lev.heavyAttentions(universal, queries, { keys: matrix(bad, shape), ...stands }));
    }
    expect(await thrown(answer())).toMatchObject({ tag: 'Content', place: { input: 'keys', ...VALUES } })
    await lev.close()
  },
)

test('counting tells its progress and can be stopped', async () => {
  const lev = await levattention({ workers: 0 })
  const stop = new AbortController()
  const seen: number[] = []
  const onProgress = ({ stage, done, total }: { stage: string; done: number; total: number }) => {
    if (stage === 'count') seen.push(done, total)
    if (stage === 'count') stop.abort()
  }
  const error = await thrown(lev.universalSet(matrix(bad, shape), { signal: stop.signal, onProgress }))
  expect(error).toMatchObject({ tag: 'Aborted' })
  expect(seen).toEqual([4096, n])
  await lev.close()
})

describe('without a matrix', () => {
  const rows = Float64Array.of(1, 2, 3, NaN, Infinity, 6)

  test('KeySummary tells row, column and count of what it was given', () => {
    const summary = new KeySummary({ dim: 2, epsilon: 0.1, rowStart: 10 })
    const place = {
      row: 11,
      column: 1,
      value: 'NaN',
      count: 2,
      infiniteCount: 1,
      rowCount: 2,
      columns: [0, 1],
    }
    expect(() => summary.update(rows)).toThrow(
      expect.objectContaining({ place: { input: 'keys', ...place } }),
    )
    summary.update(Float64Array.of(1, 2, 3, 4))
    const own = { input: 'queries', ...place, row: 1 }
    expect(() => summary.heavyPairs(rows)).toThrow(expect.objectContaining({ place: own }))
  })

  test('so do a live summary and a session, of all queries of the call', async () => {
    const lev = await levattention({ workers: 2 })
    const live = await lev.liveSummary({ dim: 2, epsilon: 0.1 })
    await live.push(Float64Array.of(1, 2, 3, 4))
    expect(await thrown(live.push(rows))).toMatchObject({ place: { input: 'keys', row: 3, count: 2 } })
    expect(await thrown(live.query(rows))).toMatchObject({ place: { input: 'queries', row: 1, count: 2 } })
    const session = await lev.session(await live.universalSet(), { actors: 2 })
    expect(await thrown(session.query(rows))).toMatchObject({ place: { input: 'queries', row: 1, count: 2 } })
    await lev.close()
  })
})
