// Catches: masks and ranges of rows that the library takes otherwise than the command, to the byte where it writes a file; a set's rows
// that are read otherwise when they are searched; matrices without need of a factor. Cannot catch: what both get wrong (test/laws).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levattention, type LevAttention, saveUniversalSet } from '@levattention/coordinator'
import { matrix, type MatrixSource, openMatrix } from '@levattention/core'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpy } from '../../support/npy.mjs'
import { runHere } from '../cli/in-process.ts'
import { gaussian, writeMatrix } from '../jobs/support.ts'
import { tiered } from '../../support/tier.ts'

const [N, D, M] = [300, 4, 30] as const
const folder = mkdtempSync(join(tmpdir(), 'lev-seen-'))
const path = (name: string) => join(folder, name)
const keyMask = Uint8Array.from({ length: N }, (_, j) => (j % 7 === 2 ? 0 : 1))
const queryMask = Uint8Array.from({ length: M }, (_, i) => (i % 5 === 0 ? 0 : 1))
const keyRows = { rowStart: 20, rowEnd: 280 }
const queryRows = { rowStart: 3, rowEnd: 27 }
const seen = { keyRows, keyMask }
const ofKeys = ['--key-rows', '20:280', '--key-mask', 'key-mask.npy']
const ofQueries = ['--query-rows', '3:27', '--query-mask', 'query-mask.npy']

const maskBytes = (mask: Uint8Array) => Buffer.concat([npyHeader('|b1', [mask.length]), mask])

let lev: LevAttention
let keys: MatrixSource
let queries: MatrixSource

beforeAll(async () => {
  const K = gaussian(N, D, 3)
  // What is hidden may be anything.
  for (let j = 0; j < N; j++) if (keyMask[j] === 0 || j < 20) K.data.fill(NaN, j * D, (j + 1) * D)
  writeMatrix(path('K.npy'), K)
  // The same without what no mask hides.
  writeMatrix(path('K20.npy'), {
    ...K,
    data: K.data.map((value, i) => (i < 20 * D && keyMask[Math.floor(i / D)] ? i : value)),
  })
  writeMatrix(path('Q.npy'), gaussian(M, D, 4))
  writeFileSync(path('key-mask.npy'), maskBytes(keyMask))
  writeFileSync(path('query-mask.npy'), maskBytes(queryMask))
  lev = await levattention({ workers: 1 })
  keys = openMatrix(path('K.npy'))
  queries = openMatrix(path('Q.npy'))
})
afterAll(async () => {
  await lev.close()
  rmSync(folder, { recursive: true })
})

async function command(name: string, ...args: readonly string[]): Promise<void> {
  const writes = name === 'verify' ? [] : ['--force']
  const ran = await runHere({ folder }, name, ...args, '--workers', '0', '--quiet', ...writes)
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
}

describe.each(tiered([3], [2, 3]))('p = %d', (p) => {
  const power = ['--p', `${p}`]

  test('a set of some rows is the command’s, and so is what it finds', async () => {
    const universal = await lev.universalSet(keys, { p, epsilon: 0.02, mergeable: true, ...seen })
    await command('build', 'K.npy', ...power, '--epsilon', '0.02', ...ofKeys, '--out', 'u.lev')
    await saveUniversalSet(universal, path('own.lev'), { force: true })
    expect(readFileSync(path('own.lev')).equals(readFileSync(path('u.lev')))).toBe(true)

    const options = { keys, keyMask, queryMask, queryRows }
    const found: [number, number, number][] = []
    for await (const { queryStart, offsets, keyIds, scores } of lev.heavyAttentions(
      universal,
      queries,
      options,
    ))
      for (let i = 0; i + 1 < offsets.length; i++)
        for (let at = offsets[i]; at < offsets[i + 1]; at++)
          found.push([queryStart + i, keyIds[at], scores[at]])
    const terms = ['--epsilon', '0.02', ...power]
    await command(
      'run',
      '--keys',
      'K.npy',
      '--queries',
      'Q.npy',
      ...terms,
      ...ofKeys,
      ...ofQueries,
      '--out',
      'h.ndjson',
    )
    const lines = readFileSync(path('h.ndjson'), 'utf8').trim().split('\n')
    const wanted = lines.map((line) => JSON.parse(line) as { query: number; key: number; score: number })
    expect(found).toEqual(wanted.map(({ query, key, score }) => [query, key, score]))
    expect(found.length).toBeGreaterThan(50)
  })

  test('scores and curve of some rows are the command’s', async () => {
    await command('scores', 'K.npy', ...power, ...ofKeys, '--out', 'tau.npy')
    const scores: number[] = []
    for await (const batch of lev.scores(keys, { p, ...seen })) scores.push(...batch.scores)
    expect(scores).toEqual([...readNpy(path('tau.npy')).data])
    const { points } = await lev.curve(keys, { p, ...seen })
    expect(points.at(-1)?.universalSize).toBe(scores.filter((score) => score >= 1e-4).length)
  })
})

test('a verification reads the rows that its file was made of', async () => {
  await command('run', '--keys', 'K.npy', '--queries', 'Q.npy', ...ofKeys, ...ofQueries, '--out', 'h.npz')
  const sources = { keys, queries, heavy: path('h.npz') }
  expect(await lev.verify(sources, { keyMask, queryMask })).toMatchObject({ ok: true })
  await expect(lev.verify(sources, { keyMask })).rejects.toThrow('give the mask again, by `queryMask`')
  await expect(
    lev.verify(sources, { keyMask, queryMask, keyRows: { rowStart: 0, rowEnd: 9 } }),
  ).rejects.toThrow('leave `keyRows` out')
})

test.each(tiered([2], [2, 3]))(
  'keys that are their own queries are verified by one mask, p = %d',
  async (p) => {
    const whole = { keyMask }
    for (const [name, options, given] of [
      ['self.npz', whole, ['--key-mask', 'key-mask.npy']],
      ['self-rows.npz', { ...whole, keyRows }, ofKeys],
    ] as const) {
      await command('run', '--keys', 'K20.npy', ...given, '--p', `${p}`, '--epsilon', '.02', '--out', name)
      await command('verify', '--keys', 'K20.npy', '--heavy', name, ...given)
      const sources = { keys: openMatrix(path('K20.npy')), heavy: path(name) }
      expect(await lev.verify(sources, options)).toMatchObject({ ok: true, m: N })
      // A range is in the file.
      expect(await lev.verify(sources, { keyMask })).toMatchObject({ ok: true })
      await expect(lev.verify(sources, {})).rejects.toThrow('give the mask again, by `keyMask`')
      for (const option of ['queryMask', 'queryRows']) {
        const of = { queryMask: keyMask, queryRows: keyRows }
        const asked = lev.verify(sources, { ...options, [option]: of[option as keyof typeof of] })
        await expect(asked).rejects.toThrow(
          `\`${option}\` is about queries, and the keys are the queries: give`,
        )
      }
    }
  },
)

test('a sample draws among the rows that take part', async () => {
  const { rowIds } = await lev.sample(keys, { rows: N, ...seen })
  const taking = keyMask.filter((taken, j) => taken === 1 && j >= 20 && j < 280).length
  expect(rowIds).toHaveLength(taking)
})

test('rows and masks that do not fit are refused, with what fits', async () => {
  const wrong = [
    [{ keyMask: new Uint8Array(9) }, '`keyMask` has 9 numbers, and there are 300 keys'],
    [{ keyRows: { rowStart: 3, rowEnd: 3 } }, '`keyRows` is 3:3'],
    [{ keyRows: 7 }, '`keyRows` is 7'],
  ] as const
  for (const [options, message] of wrong)
    await expect(lev.universalSet(keys, options as object)).rejects.toThrow(message)
  const universal = await lev.universalSet(keys, seen)
  const asked = (options: object) => lev.heavyAttentions(universal, queries, options).next()
  await expect(asked({ keys })).rejects.toThrow('give the mask again, by `keyMask`')
  await expect(asked({ keyMask })).rejects.toThrow('give keys as well')
  await expect(asked({ keys, keyMask: new Uint8Array(N).fill(1) })).rejects.toThrow('hides other rows')
  await expect(asked({ keys, keyMask, keyRows: { rowStart: 0, rowEnd: 9 } })).rejects.toThrow(
    'leave `keyRows` out',
  )
})

test('of fewer independent rows than columns all is known at once', async () => {
  const wide = matrix(gaussian(3, 900, 5).data, { rows: 3, cols: 900 })
  const warnings: unknown = [expect.objectContaining({ code: 'few-rows' })]
  const known = { n: 3, d: 900, p: 2, kind: 'leverage', rank: 3, thresholdSlack: 0, warnings }
  const { points, guarantee, ...facts } = await lev.curve(wide)
  expect([facts, guarantee, points[0].universalSize]).toEqual([
    { ...known, maxBound: 1 },
    { kind: 'deterministic' },
    3,
  ])
  const batches = []
  for await (const batch of lev.scores(wide)) batches.push(batch)
  expect(batches).toEqual([{ rowStart: 0, scores: Float64Array.of(1, 1, 1), keys: known }])
})
