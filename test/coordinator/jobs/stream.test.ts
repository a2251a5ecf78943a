// Catches: bytes that depend on how a stream arrives or on the workers, a stream whose U is not the file's, a query left
// undecided in silence, an end, a NaN or an option that is let through, an output after a failure. Cannot catch: what only a
// pipe between processes shows (test/coordinator/cli/streams.test.ts); more rows to an earlier .lev (append.test.ts).
import { readFileSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { merge } from '#coordinator/jobs/merge'
import type { BuildOptions } from '#coordinator/jobs/build'
import type { RunOptions } from '#coordinator/solve/run-options'
import { withJob } from '#coordinator/job/job'
import { describe, expect, test } from 'vitest'
import { namesIn, rejection, WORKERS, writeMatrix } from './support.ts'
import {
  n,
  d,
  keys,
  folder,
  at,
  useFolder,
  part,
  piped,
  raw,
  asRaw,
  built,
  ran,
  opened,
  idsOf,
} from './stream-support.ts'

useFolder()

describe('build -', () => {
  test('has the U of the file, and the same bytes in pieces of any size, raw or .npy, by any workers', async () => {
    await built({ keys: [at('K.npy')] }, 'file.lev')
    const seen = new Set<string>()
    for (const [i, workers] of WORKERS.entries()) {
      await built({ stdin: piped(readFileSync(at('K.npy')), i, 10 ** (2 + i)) }, `npy${i}.lev`, workers)
      await built({ stdin: piped(raw(keys), i + 9), ...asRaw }, `raw${i}.lev`, workers)
      for (const name of [`npy${i}.lev`, `raw${i}.lev`]) seen.add(readFileSync(at(name)).toString('base64'))
    }
    expect(seen.size).toBe(1)
    expect(idsOf('raw0.lev')).toEqual(idsOf('file.lev'))
    expect(idsOf('raw0.lev').length).toBeGreaterThan(3)
    expect(opened('raw0.lev').state.triangular).toBeDefined()
  })

  test('a stream of no rows that says so has an empty U', async () => {
    writeMatrix(at('empty.npy'), { rows: 0, cols: 3, data: new Float64Array(0) })
    const summary = await built({ stdin: piped(readFileSync(at('empty.npy'))) }, 'u.lev')
    expect(summary).toMatchObject({ n: 0, d: 3, universalSize: 0 })
    expect(idsOf('u.lev')).toEqual([])
  })

  test('numbers rows from --row-offset, and the parts merge', async () => {
    const half = 4500
    await built({ stdin: piped(raw(part(keys, 0, half))), ...asRaw }, 'a.lev')
    await built({ stdin: piped(raw(part(keys, half, n))), ...asRaw, rowOffset: half }, 'b.lev')
    await built({ keys: [at('K.npy')] }, 'file.lev')
    writeMatrix(at('second.npy'), part(keys, half, n))
    await built({ keys: [at('second.npy')], rowOffset: half }, 'b-file.lev')
    for (const [second, out] of [
      ['b.lev', 'both.lev'],
      ['b-file.lev', 'mixed.lev'],
    ]) {
      const summary = await withJob({ workers: 0 }, (job) =>
        merge({ files: [at('a.lev'), at(second)], out: [at(out)] }, job),
      )
      expect(summary.thresholdSlack).toBeLessThan(1e-9)
      expect(idsOf(out)).toEqual(idsOf('file.lev'))
    }
    expect(opened('both.lev').state.triangular).toBeDefined()
    expect(opened('mixed.lev').state.triangular).toBeUndefined()
  })
})

describe('run --keys -', () => {
  test('has the pairs of the file, by any workers', async () => {
    await ran({ keys: [at('K.npy')] }, 'file.ndjson')
    const lines = (name: string) =>
      readFileSync(at(name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { query: number; key: number; score: number })
    const expected = lines('file.ndjson')
    expect(expected.length).toBeGreaterThan(20)
    for (const workers of WORKERS) {
      const out = `h${workers}.ndjson`
      const summary = await ran({ stdin: piped(raw(keys), workers), ...asRaw }, out, workers)
      expect(summary).toMatchObject({ n, d, m: 60, uncertifiedQueries: 0, pairs: expected.length })
      expect(summary.inputs[0]).toEqual({ path: '-', firstRow: 0, rows: n })
      expect(readFileSync(at(out), 'utf8')).toBe(readFileSync(at('h0.ndjson'), 'utf8'))
    }
    const found = lines('h0.ndjson')
    expect(found.map(({ query, key }) => [query, key])).toEqual(
      expected.map(({ query, key }) => [query, key]),
    )
    found.forEach(({ score }, i) => expect(Math.abs(score / expected[i].score - 1)).toBeLessThan(1e-9))
  })

  test('queries where the keys vanish are listed and warned of, never silent', async () => {
    const data = Float64Array.from({ length: 400 * 2 }, () => 1)
    data[3] = 1 + 2 ** -52
    writeMatrix(at('Q.npy'), { rows: 3, cols: 2, data: Float64Array.of(1, 1, -1, 1, 0, 0) })
    const stdin = piped(new Uint8Array(data.buffer))
    const summary = await ran({ stdin, dtype: 'f64', cols: 2 }, 'h.npz')
    expect(summary).toMatchObject({ uncertifiedQueries: 1, undefinedRows: 1 })
    expect(summary.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['nearly-dependent', 'uncertified-queries']),
    )
    expect(summary.warnings.map(({ message }) => message).join()).not.toContain('Give --keys')
  })

  test.each([
    ['h.npz', 'the .npz lists it as uncertified'],
    ['h.csv', 'a .npz (--out F.npz) lists it as uncertified; lines of JSON and .csv cannot'],
    [undefined, 'a .npz (--out F.npz) lists it as uncertified'],
  ])('with the pairs in %s, the warning says where such queries are listed', async (out, text) => {
    const data = Float64Array.from({ length: 400 * 2 }, () => 1)
    data[3] = 1 + 2 ** -52
    writeMatrix(at('Q.npy'), { rows: 3, cols: 2, data: Float64Array.of(1, 1, -1, 1, 0, 0) })
    const stdin = piped(new Uint8Array(data.buffer))
    const { warnings } = await ran({ stdin, dtype: 'f64', cols: 2 }, out)
    const said = warnings.find(({ code }) => code === 'uncertified-queries')?.message
    expect(said).toMatch(/^1 query lies where the keys nearly vanish/)
    expect(said).toContain(text)
  })
})

describe('what a stream cannot be', () => {
  test.each<[string, Partial<BuildOptions>, string]>([
    ['cut into shards', { shards: 3 }, '--shards'],
    ['cut into rows', { shardRows: 4096 }, '--shard-rows'],
    ['merged in a tree', { fanIn: 3 }, '--fan-in'],
    ['chosen from by number', { keep: 5, epsilon: undefined }, '--keep'],
  ])('%s', async (_, options, text) => {
    const error = await rejection(built({ stdin: piped(raw(keys)), ...asRaw, ...options }, 'u.lev'), 'Option')
    expect(error.message).toContain(text)
  })

  test('its own queries, a terminal, one of several files, queries', async () => {
    const refused = async (options: Partial<RunOptions>) =>
      (await rejection(ran({ stdin: piped(raw(keys)), ...asRaw, ...options }, 'h.npz'), 'Option')).message
    expect(await refused({ queries: [] })).toContain('--queries')
    const terminal = () => Object.assign(Readable.from([]), { isTTY: true })
    expect(await refused({ stdin: terminal })).toContain('pipe')
    expect(await refused({ keys: ['-', at('K.npy')] })).toContain('standard input')
    expect(await refused({ queries: ['-'] })).toContain('--queries')
    expect(await refused({ keys: [at('K.npy')], queries: ['-', at('Q.npy')] })).toContain('--queries -')
    expect(namesIn(folder)).toEqual(['K.npy', 'Q.npy'])
  })

  test('cut off, NaN, of another d or written over an input: a named place, and no output', async () => {
    const bad = keys.data.slice()
    bad[8800 * d + 3] = NaN
    const stream = (bytes: Uint8Array) => ({ stdin: piped(bytes), ...asRaw })
    const nan = await rejection(
      built({ ...stream(raw({ ...keys, data: bad })), rowOffset: 100 }, 'u.lev'),
      'Content',
    )
    expect(nan.place).toMatchObject({ file: 'standard input', row: 8800, column: 3, count: 1 })
    expect(nan.message).toContain('row 8800, column 3 is NaN')
    const short = await rejection(built(stream(raw(keys).slice(0, -3)), 'u.lev'), 'Content')
    expect(short.place).toMatchObject({ row: 8999 })
    const narrow = { stdin: piped(raw(keys)), dtype: 'f64', cols: 3 }
    expect((await rejection(ran(narrow, 'h.npz'), 'Content')).message).toContain('5 columns')
    writeFileSync(at('u0.lev'), '')
    await rejection(ran({ ...stream(raw(keys)), out: at('Q.npy') }, 'h.npz'), 'Option')
    await rejection(built({ stdin: piped(readFileSync(at('K.npy'))), ...asRaw }, 'u.lev'), 'Option')
    expect(namesIn(folder)).toEqual(['K.npy', 'Q.npy', 'u0.lev'])
  })
})
