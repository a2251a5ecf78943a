// p = .01 and p = 1000 through every command. Catches: a power that overflows or vanishes on its way, so that a pair is
// missed, mis-scored or a query left out in silence. The oracle takes powers of ratios to the largest dot (test/support), so
// it does neither. Cannot catch: what only other p show (test/laws/every-power.test.ts).
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Runtime } from '#coordinator/engines/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMAND } from '../../support/command.mjs'
import { adversarialQuery, shareOf } from '../../support/adversary.ts'
import { findHeavy } from '../../support/find-heavy.ts'
import { bruteForceMasked, type MaskTerms } from '../../support/masked.ts'
import { stack } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import { readNpz } from '../../support/npy.mjs'
import { bruteForceHeavy, type DenseMatrix, type HeavyPair, row } from '../../support/oracle.ts'
import { ended, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'
import { tiered } from '../../support/tier.ts'

const [ROWS, DIM, EPSILON] = [5000, 4, 0.05]
const GREY = 1e-9
const work = new Workspace()
let runtime: Runtime

/** Gaussian in three columns; the last is that of ten rows alone, of nearly equal size: all heavy for small p, some for large. */
function keysOf(rows: number): DenseMatrix {
  const random = new Random(rows)
  const data = Float64Array.from({ length: rows * DIM }, (_, i) =>
    i % DIM === DIM - 1 ? 0 : Math.fround(random.normal()),
  )
  for (let i = 0; i < 10; i++)
    data[(Math.floor((i * rows) / 10) + 3) * DIM + DIM - 1] = Math.fround(3 - 0.0015 * i)
  return { rows, cols: DIM, data }
}

/** The last column's own, own keys, noise, and what attacks two keys. */
function queriesOf(keys: DenseMatrix, p: number): DenseMatrix {
  const random = new Random(7)
  const noise = () => Float64Array.from({ length: DIM }, () => Math.fround(random.normal()))
  const own = [3, 8, keys.rows - 1].map((key) => row(keys, key))
  const attacks = [3, 8].map((key) => adversarialQuery(keys, key, p, 4).map(Math.fround))
  return stack(
    [Float64Array.of(0, 0, 0, 1), noise(), noise(), ...own, ...attacks, new Float64Array(DIM)],
    DIM,
  )
}

const keys = keysOf(ROWS)
const few = keysOf(60)

beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
  work.npy('K.npy', [ROWS, DIM], Float32Array.from(keys.data))
  work.npy('few.npy', [few.rows, DIM], Float32Array.from(few.data))
})
afterAll(async () => {
  await runtime.close()
  work.remove()
})

/** The summary of a command that ends well. */
async function summaryOf(commandLine: string): Promise<Record<string, unknown>> {
  const [name, ...args] = commandLine.split(' ')
  const replacing = args.includes('--out') ? ['--force'] : []
  const { exitCode, stdout, stderr } = await runHere(work, name, ...args, '--json', '--quiet', ...replacing)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout) as Record<string, unknown>
}

interface Reported {
  readonly pairs: HeavyPair[]
  readonly uncertified: ReadonlySet<number>
}

function heavyIn(name: string): Reported {
  const { indptr, indices, data, uncertified } = readNpz(work.path(name))
  const pairs: HeavyPair[] = []
  for (let query = 0; query + 1 < indptr.data.length; query++) {
    for (let at = indptr.data[query]; at < indptr.data[query + 1]; at++)
      pairs.push({ query, key: indices.data[at], score: data.data[at] })
  }
  return { pairs, uncertified: new Set(uncertified.data) }
}

const id = ({ query, key }: HeavyPair) => `${query}:${key}`

/** Nothing missed but of listed queries, nothing invented; `exact`: every score is right. Returns the pairs that there are. */
function expectRight(found: Reported, all: readonly HeavyPair[], exact = true): number {
  const present = new Map(found.pairs.map((pair) => [id(pair), pair.score]))
  const certain = all.filter(({ score }) => score >= EPSILON * (1 + GREY))
  const decided = certain.filter(({ query }) => !found.uncertified.has(query))
  expect(decided.filter((pair) => !present.has(id(pair))).map(id)).toEqual([])
  const scores = new Map(all.map((pair) => [id(pair), pair.score]))
  for (const [name, score] of present) {
    const wanted = scores.get(name) ?? 0
    expect(wanted, name).toBeGreaterThanOrEqual(EPSILON * (1 - GREY))
    if (exact) expect(Math.abs(score / wanted - 1), name).toBeLessThan(GREY)
  }
  return certain.length
}

describe.each(tiered([1000], [0.01, 1000]))('p = %d', (p) => {
  const queries = queriesOf(keys, p)
  const fewQueries = stack(
    Array.from({ length: few.rows }, (_, i) => row(queriesOf(few, p), i % queries.rows)),
    DIM,
  )
  const all = bruteForceHeavy(queries, keys, EPSILON * (1 - GREY), p)
  const terms = `--p ${p} --epsilon ${EPSILON}`
  beforeAll(() => {
    work.npy('Q.npy', [queries.rows, DIM], queries.data)
    work.npy('fewQ.npy', [few.rows, DIM], fewQueries.data)
  })

  test('run finds every pair with its score; build and query write the same bytes', async () => {
    const summary = await summaryOf(`run --keys K.npy --queries Q.npy ${terms} --out h.npz --universal r.lev`)
    expect(summary).toMatchObject({ p, uncertifiedQueries: 0, undefinedRows: 1 })
    expect(expectRight(heavyIn('h.npz'), all.pairs)).toBeGreaterThan(4)
    await summaryOf(`build K.npy ${terms} --out u.lev`)
    expect(readFileSync(work.path('u.lev'))).toEqual(readFileSync(work.path('r.lev')))
    await summaryOf('query --universal u.lev --queries Q.npy --keys K.npy --out q.npz')
    expect(readFileSync(work.path('q.npz'))).toEqual(readFileSync(work.path('h.npz')))
    const verified = await summaryOf('verify --keys K.npy --queries Q.npy --heavy h.npz')
    expect(verified).not.toHaveProperty('difference')
  })

  test('query without keys finds every pair or lists its query', async () => {
    await summaryOf(`build K.npy ${terms} --out u.lev`)
    await summaryOf('query --universal u.lev --queries Q.npy --out i.npz')
    expectRight(heavyIn('i.npz'), all.pairs, false)
    const found = await findHeavy(runtime, keys, queries, EPSILON, {
      p,
      scores: 'interval',
      keysAgain: false,
    })
    expectRight({ pairs: found.pairs, uncertified: new Set(found.uncertified) }, all.pairs, false)
    for (const { query, key, low = NaN, high = NaN } of found.pairs) {
      const share = shareOf(keys, row(queries, query), key, p)
      expect(share).toBeGreaterThanOrEqual(low * (1 - GREY))
      expect(share).toBeLessThanOrEqual(high * (1 + GREY))
    }
  })

  test('scores are bounds: finite, at most 1, below no share that a query reaches; curve counts them', async () => {
    await summaryOf(`scores K.npy --p ${p} --out t.npy`)
    const file = readFileSync(work.path('t.npy'))
    const bounds = new Float64Array(new Uint8Array(file.subarray(-ROWS * 8)).buffer)
    // At p = 1000 most lie below the least float64.
    bounds.forEach((bound) => expect(bound >= 0 && bound <= 1).toBe(true))
    for (let query = 0; query < queries.rows - 1; query++) {
      const { pairs } = bruteForceHeavy(stack([row(queries, query)], DIM), keys, 1e-6, p)
      for (const { key, score } of pairs) expect(score).toBeLessThanOrEqual(bounds[key] * (1 + GREY))
    }
    const { curve } = (await summaryOf(`curve K.npy --p ${p}`)) as { curve?: { universalSize: number }[] }
    for (const { universalSize } of curve ?? []) expect(universalSize).toBeLessThanOrEqual(ROWS)
  })

  test('a stream finds every pair or lists its query, and with the keys decides all', async () => {
    const piped = async (...args: string[]) => {
      const child = spawn(process.execPath, [COMMAND, ...args, '--force', '--quiet'], {
        cwd: work.folder,
        stdio: 'pipe',
      })
      child.stdin.on('error', () => undefined)
      child.stdin.end(readFileSync(work.path('K.npy')))
      expect(await ended(child)).toMatchObject({ exitCode: 0, stderr: '' })
    }
    const options = terms.split(' ')
    await piped('run', '--keys', '-', '--queries', 'Q.npy', ...options, '--out', 's.npz')
    expectRight(heavyIn('s.npz'), all.pairs, false)
    await piped('build', '-', ...options, '--out', 's.lev')
    const summary = await summaryOf('query --universal s.lev --queries Q.npy --keys K.npy --out sq.npz')
    expect(summary).toMatchObject({ uncertifiedQueries: 0 })
    expectRight(heavyIn('sq.npz'), all.pairs)
  })

  test.each<[string, MaskTerms]>([
    ['--causal', { causal: true }],
    ['--segment 17', { causal: false, segment: 17 }],
    ['--causal --segment 17', { causal: true, segment: 17 }],
  ])('%s finds every pair with its score', async (options, mask) => {
    const summary = await summaryOf(`run --keys few.npy --queries fewQ.npy ${terms} ${options} --out c.npz`)
    expect(summary).toMatchObject({ uncertifiedQueries: 0 })
    const wanted = bruteForceMasked(fewQueries, few, EPSILON * (1 - GREY), mask, p)
    expect(expectRight(heavyIn('c.npz'), wanted.pairs)).toBeGreaterThan(20)
    if (options !== '--causal') return
    await summaryOf(`build few.npy ${terms} --causal --out c.lev`)
    await summaryOf('query --universal c.lev --keys few.npy --queries fewQ.npy --out cq.npz')
    expect(readFileSync(work.path('cq.npz'))).toEqual(readFileSync(work.path('c.npz')))
  })
})

describe('a p that is none is refused by every command that takes it', () => {
  test.each([
    'run --keys K.npy',
    'build K.npy --out u.lev',
    'scores K.npy --out t.npy',
    'curve K.npy',
    'verify --keys K.npy --queries K.npy --heavy h.csv --epsilon .1',
    'plan --run d --keys K.npy',
  ])('%s', async (commandLine) => {
    for (const p of ['0', '-1', 'NaN', 'abc', 'Infinity', '']) {
      const [name, ...args] = commandLine.split(' ')
      const { exitCode, stdout } = await runHere(work, name, ...args, `--p=${p}`, '--json', '--quiet')
      const { error } = JSON.parse(stdout) as { error: object }
      expect({ p, exitCode, ...error }).toMatchObject({ p, exitCode: 2, tag: 'Option', option: 'p' })
    }
  })
})
