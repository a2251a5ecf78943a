// Catches: scores, curves, verifications, merged and saved sets of the library that are not those of the command, to the byte
// where it writes a file. Cannot catch: what both get wrong (test/coordinator/jobs, test/laws hold them against oracles).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levattention, type LevAttention, saveUniversalSet } from '@levattention/coordinator'
import {
  concatMatrices,
  KeySummary,
  matrix,
  type MatrixSource,
  openMatrix,
  openUniversalSet,
} from '@levattention/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { untoldRank } from '../../support/matrices.ts'
import { leverageOracle } from '../../support/oracle.ts'
import { runHere } from '../cli/in-process.ts'
import { gaussian, writeMatrix } from '../jobs/support.ts'
import { tiered } from '../../support/tier.ts'

const [N, D, M] = [9000, 5, 40] as const
const folder = mkdtempSync(join(tmpdir(), 'lev-parity-'))
const path = (name: string) => join(folder, name)
const K = gaussian(N, D, 3)
// A few long rows, so that small epsilons keep some and not all.
for (const row of [7, 4500, 8999]) for (let a = 0; a < D; a++) K.data[row * D + a] *= 60
const Q = gaussian(M, D, 4)
const part = (from: number, to: number) => ({
  rows: to - from,
  cols: D,
  data: K.data.slice(from * D, to * D),
})

let lev: LevAttention
let keys: MatrixSource
let queries: MatrixSource

beforeAll(async () => {
  writeMatrix(path('K.npy'), K)
  writeMatrix(path('Q.npy'), Q)
  writeMatrix(path('A.npy'), part(0, 4000))
  writeMatrix(path('B.npy'), part(4000, N))
  lev = await levattention({ workers: 1 })
  keys = openMatrix(path('K.npy'))
  queries = openMatrix(path('Q.npy'))
})
afterAll(async () => {
  await lev.close()
  rmSync(folder, { recursive: true })
})

interface Said {
  readonly [name: string]: unknown
}

/** What the command says, by `--json`. */
async function command([name, ...args]: readonly string[], exitCode = 0): Promise<Said> {
  const workers = name === 'merge' ? [] : ['--workers', '0']
  const ran = await runHere({ folder }, name, ...args, ...workers, '--json', '--quiet')
  expect(ran).toMatchObject({ exitCode, stderr: '' })
  return JSON.parse(ran.stdout) as Said
}

async function allScores(options: Parameters<LevAttention['scores']>[1] = {}) {
  const scores = new Float64Array(N)
  const kinds = new Set<string>()
  for await (const batch of lev.scores(keys, options)) {
    scores.set(batch.scores, batch.rowStart)
    kinds.add(batch.keys.kind)
  }
  return { scores, kinds: [...kinds] }
}

describe.each(tiered([2, 3], [2, 1, 3]))('p = %d', (p) => {
  const ofP = ['--p', String(p)]

  test('scores are those of the command, to the byte', async () => {
    const out = `tau-${p}.npy`
    await command(['scores', 'K.npy', ...ofP, '--out', out])
    const { scores, kinds } = await allScores({ p })
    expect(kinds).toEqual([p === 2 ? 'leverage' : 'bounds'])
    expect(Buffer.from(scores.buffer).equals(readFileSync(path(out)).subarray(-8 * N))).toBe(true)
  })

  test('the curve is that of the command', async () => {
    const said = await command(['curve', 'K.npy', ...ofP])
    const { points, maxBound, rank, condition, thresholdSlack, guarantee, kind } = await lev.curve(keys, {
      p,
    })
    expect({ curve: points, maxBound, rank, condition, thresholdSlack, guarantee }).toEqual({
      curve: said.curve,
      maxBound: said.maxBound,
      rank: said.rank,
      condition: said.condition,
      thresholdSlack: said.thresholdSlack,
      guarantee: said.guarantee,
    })
    expect(kind).toBe(p === 2 ? 'leverage' : 'bounds')
  })

  test('saved sets are the command’s files, to the byte, and are opened again', async () => {
    const universal = await lev.universalSet(keys, { p, epsilon: 0.02, mergeable: true })
    for (const kind of ['lev', 'npz']) {
      await command(['build', 'K.npy', ...ofP, '--epsilon', '0.02', '--out', `u-${p}.${kind}`])
      await saveUniversalSet(universal, path(`own-${p}.${kind}`))
      expect(readFileSync(path(`own-${p}.${kind}`)).equals(readFileSync(path(`u-${p}.${kind}`)))).toBe(true)
    }
    const opened = openUniversalSet(path(`own-${p}.lev`))
    expect(opened).toEqual(universal)
    await saveUniversalSet(opened, path(`again-${p}.lev`))
    expect(readFileSync(path(`again-${p}.lev`)).equals(readFileSync(path(`u-${p}.lev`)))).toBe(true)
  })

  test('merged parts are the command’s merge, however they are given', async () => {
    const build = ['build', ...ofP, '--epsilon', '0.02']
    await command([...build, 'A.npy', '--out', `a-${p}.lev`])
    await command([...build, 'B.npy', '--row-offset', '4000', '--out', `b-${p}.lev`])
    await command(['merge', `a-${p}.lev`, `b-${p}.lev`, '--out', `ab-${p}.lev`])
    const options = { p, epsilon: 0.02, mergeable: true } as const
    const first = await lev.universalSet(openMatrix(path('A.npy')), options)
    const second = await lev.universalSet(openMatrix(path('B.npy')), { ...options, rowOffset: 4000 })
    const bytes = readFileSync(path(`a-${p}.lev`))
    for (const [index, parts] of [
      [second, first],
      [path(`a-${p}.lev`), second],
      [second, new Uint8Array(bytes)],
    ].entries()) {
      const merged = await lev.merge(parts)
      await saveUniversalSet(merged, path(`merged-${p}-${index}.lev`))
      expect(readFileSync(path(`merged-${p}-${index}.lev`)).equals(readFileSync(path(`ab-${p}.lev`)))).toBe(
        true,
      )
    }
  })

  test('a verification says what the command says, of right and of wrong files', async () => {
    await command([
      'run',
      '--keys',
      'K.npy',
      '--queries',
      'Q.npy',
      ...ofP,
      '--epsilon',
      '0.02',
      '--out',
      `h-${p}.npz`,
    ])
    const said = await command(['verify', '--keys', 'K.npy', '--queries', 'Q.npy', '--heavy', `h-${p}.npz`])
    const sources = { keys, queries, heavy: path(`h-${p}.npz`) }
    const { ok, ...facts } = await lev.verify(sources)
    expect(ok).toBe(true)
    for (const [name, value] of Object.entries(facts)) expect([name, value]).toEqual([name, said[name]])
    const text = ['--keys', 'K.npy', '--queries', 'Q.npy', '--heavy', `h-${p}.ndjson`, ...ofP]
    await command(['run', ...text.slice(0, 4), ...ofP, '--epsilon', '0.02', '--out', `h-${p}.ndjson`])
    // Asked at a smaller epsilon, it misses pairs.
    const wrong = await command(['verify', ...text, '--epsilon', '0.005'], 1)
    const heavy = path(`h-${p}.ndjson`)
    const found = await lev.verify({ keys, queries, heavy }, { p, epsilon: 0.005 })
    expect(found.ok).toBe(false)
    expect(found.difference).toEqual(wrong.difference)
  })
})

test('leverage scores are those of an oracle, in memory as from a file', async () => {
  const { leverage } = leverageOracle(part(0, 300))
  const few = matrix(part(0, 300).data, { rows: 300, cols: D })
  for await (const { rowStart, scores } of lev.scores(few))
    scores.forEach((score, i) => expect(score).toBeCloseTo(leverage[rowStart + i], 9))
})

test('keys whose rank float64 cannot tell have ridge scores, and say so', async () => {
  const { rows, cols, data } = untoldRank(100)
  const dependent = matrix(data, { rows, cols })
  for await (const { keys: facts } of lev.scores(dependent)) expect(facts.kind).toBe('ridge')
  expect((await lev.curve(dependent)).kind).toBe('ridge')
  expect((await lev.curve(dependent, { method: 'sketch' })).guarantee.kind).toBe('probabilistic')
})

test('columns that others add up to exactly have the leverage of the others', async () => {
  const twice = matrix(
    Float64Array.from({ length: 200 }, (_, i) => Math.sin(i >> 1)),
    { rows: 100, cols: 2 },
  )
  for await (const { keys: facts } of lev.scores(twice))
    expect(facts).toMatchObject({ kind: 'leverage', rank: 1, d: 2 })
})

test('softmax pairs are verified with their masks, and a wrong mask is refused', async () => {
  await command([
    'run',
    '--attention',
    'softmax',
    '--keys',
    'K.npy',
    '--queries',
    'Q.npy',
    '--top',
    '3',
    '--out',
    's.npz',
  ])
  const sources = { keys, queries, heavy: path('s.npz') }
  expect(await lev.verify(sources)).toMatchObject({ ok: true, attention: 'softmax', queriesVerified: M })
  expect(await lev.verify(sources, { sample: 5 })).toMatchObject({ ok: true, queriesVerified: 5 })
  const keyMask = new Uint8Array(N).fill(1)
  await expect(lev.verify(sources, { keyMask })).rejects.toMatchObject({ tag: 'Option' })
})

test('summaries are merged by their bytes; what knows not what it was made of is refused by name', async () => {
  const summary = new KeySummary({ dim: D, epsilon: 0.02 }).update(part(0, 4000).data)
  const rest = new KeySummary({ dim: D, epsilon: 0.02, rowStart: 4000 }).update(part(4000, N).data)
  const merged = await lev.merge([rest.toBytes(), summary.toBytes()])
  expect(merged.rowIds).toEqual(summary.merge(rest).universalSet().rowIds)
  await saveUniversalSet(merged, path('stream.lev'))
  expect(openUniversalSet(path('stream.lev')).rowIds).toEqual(merged.rowIds)
  const universal = await lev.universalSet(keys)
  const save = (set: typeof universal, name: string, options = {}) =>
    saveUniversalSet(set, path(name), options)
  await expect(save({ ...universal }, 'copy.lev')).rejects.toMatchObject({ tag: 'Option' })
  await expect(lev.merge([{ ...universal }])).rejects.toMatchObject({ tag: 'Option' })
  await expect(save(await lev.universalSet(keys, { p: 3 }), 'cubic.lev')).rejects.toMatchObject({
    place: { option: 'mergeable' },
  })
  await save(universal, 'twice.lev')
  await expect(save(universal, 'twice.lev')).rejects.toMatchObject({
    tag: 'CannotWrite',
    message: expect.stringContaining('`force: true`') as string,
  })
  await save(universal, 'twice.lev', { force: true })
  const causal = await lev.universalSet(keys, { causal: true })
  await save(causal, 'causal.lev')
  await expect(lev.merge([causal, universal])).rejects.toMatchObject({ tag: 'IncompatibleSummary' })
  await expect(lev.merge([universal, universal])).rejects.toMatchObject({ tag: 'IncompatibleSummary' })
})

test('a part of larger keys has its own row ids', async () => {
  const later = await lev.universalSet(openMatrix(path('B.npy')), { rowOffset: 4000, epsilon: 0.02 })
  const whole = await lev.universalSet(concatMatrices([openMatrix(path('B.npy'))]), { epsilon: 0.02 })
  expect(later.rowIds).toEqual(whole.rowIds.map((id) => id + 4000))
})
