// Catches: for p other than 2 a stream whose bytes depend on its pieces or the workers, parts that do not merge, rows that
// are added wrongly, a pair that `verify` misses, a count of queries that is not told, a refusal or an end that is let
// through, a file of an earlier version that is no longer read. Cannot catch: a bound that is broken by unlucky rows only
// (test/laws/one-pass-every-power.test.ts).
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openLev, universalFrom } from '@levattention/core/internal'
import { build, type BuildOptions } from '#coordinator/jobs/build'
import { merge } from '#coordinator/jobs/merge'
import { query as search } from '#coordinator/jobs/query'
import { run } from '#coordinator/jobs/run'
import { type RunOptions } from '#coordinator/solve/run-options'
import { verify } from '#coordinator/verify/verify'
import { withJob } from '#coordinator/job/job'
import { beforeEach, describe, expect, test } from 'vitest'
import type { DenseMatrix } from '../../support/oracle.ts'
import { digest } from '../../laws/digest.ts'
import { gaussian, namesIn, rejection, testFolder, WORKERS, writeMatrix } from './support.ts'
import { piped } from './stream-support.ts'
import { tiered } from '../../support/tier.ts'

const [n, d, EPSILON] = [9000, 4, 0.02]
const HALF = 4000
const keys = tall()
let folder: string

beforeEach(() => {
  folder = testFolder()
  writeMatrix(at('K.npy'), keys)
  writeMatrix(at('A.npy'), part(0, HALF))
  writeMatrix(at('B.npy'), part(HALF, n))
  writeMatrix(at('Q.npy'), queries())
})

const at = (name: string) => join(folder, name)

function tall(): DenseMatrix {
  const drawn = gaussian(n, d, 1)
  drawn.data.forEach((value, i) => {
    if (Math.floor(i / d) % 900 === 17) drawn.data[i] = 60 * value
  })
  return drawn
}

/** The long keys, then noise. */
function queries(): DenseMatrix {
  const noise = gaussian(40, d, 2)
  for (let i = 0; i < 10; i++)
    noise.data.set(keys.data.subarray((900 * i + 17) * d, (900 * i + 18) * d), i * d)
  return noise
}

function part(rowStart: number, rowEnd: number): DenseMatrix {
  return { rows: rowEnd - rowStart, cols: d, data: keys.data.slice(rowStart * d, rowEnd * d) }
}

const file = (name: string, seed?: number) => piped(readFileSync(at(name)), seed)

async function built(options: Partial<BuildOptions>, out: string, workers = 0) {
  const common = options.append === undefined ? { epsilon: EPSILON } : {}
  return await withJob({ workers }, (job) =>
    build({ keys: ['-'], ...common, ...options, out: [at(out)] }, job),
  )
}

async function ran(options: Partial<RunOptions>, out: string, workers = 0) {
  const common = { keys: ['-'], queries: [at('Q.npy')], epsilon: EPSILON, out: at(out) }
  return await withJob({ workers }, (job) => run({ ...common, ...options }, job))
}

async function merged(files: string[], out: string) {
  return await withJob({ workers: 0 }, (job) => merge({ files: files.map(at), out: [at(out)] }, job))
}

/** The pairs of `universal`, held against brute force; returns how many there are. */
async function expectVerified(universal: string, keysAgain = false): Promise<number> {
  const out = at(`${universal}.npz`)
  const given = keysAgain ? [at('K.npy')] : []
  const options = { universal: at(universal), queries: [at('Q.npy')], keys: given, out, force: true }
  const found = await withJob({ workers: 0 }, (job) => search(options, job))
  const settled = (found.queriesSettled ?? 0) + (found.queriesExactPass ?? 0)
  expect(settled + (found.uncertifiedQueries ?? 0)).toBe(40)
  if (keysAgain) expect(found.uncertifiedQueries).toBe(0)
  const terms = { keys: [at('K.npy')], queries: [at('Q.npy')], heavy: out }
  const verified = await withJob({ workers: 0 }, (job) => verify(terms, job))
  // Queries that are listed as undecided may lack pairs: nothing else differs.
  expect(verified.uncertifiedQueries).toBe(found.uncertifiedQueries)
  if (verified.uncertifiedMissed === 0) expect(verified).not.toHaveProperty('difference')
  else expect(verified.difference?.message).toContain('though it lists the query as undecided')
  return found.pairs ?? 0
}

describe.each(tiered([3], [1, 1.5, 3, 4]))('p = %s', (p) => {
  test('a stream has the same bytes in pieces of any size, by any workers, and its pairs are right', async () => {
    const seen = new Set<string>()
    for (const [i, workers] of WORKERS.entries()) {
      await built({ p, stdin: file('K.npy', i) }, `u${i}.lev`, workers)
      seen.add(readFileSync(at(`u${i}.lev`)).toString('base64'))
    }
    expect(seen.size).toBe(1)
    await expectVerified('u0.lev')
    const summary = await ran({ p, stdin: file('K.npy'), universal: at('again.lev') }, 'h.npz')
    expect(summary).toMatchObject({ n, d, p, m: 40, queriesExactPass: 0, attention: `|q.k|^${p}` })
    expect(digest(readFileSync(at('again.lev')))).toBe(digest(readFileSync(at('u0.lev'))))
    expect(digest(readFileSync(at('h.npz')))).toBe(digest(readFileSync(at('u0.lev.npz'))))
    expect(await expectVerified('u0.lev', true)).toBeGreaterThan(5)
  })

  test('parts from streams and files merge, and rows are added, in any mixture', async () => {
    const first: [name: string, options: Partial<BuildOptions>][] = [
      ['a-stream', { stdin: file('A.npy') }],
      ['a-file', { keys: [at('A.npy')] }],
      ['a-tight', { keys: [at('A.npy')], tighten: true }],
    ]
    const firsts = tiered([first[0], first[2]], first)
    for (const [name, options] of firsts) await built({ p, ...options }, `${name}.lev`)
    await built({ p, stdin: file('B.npy'), rowOffset: HALF }, 'b-stream.lev')
    await built({ p, keys: [at('B.npy')], rowOffset: HALF }, 'b-file.lev')
    const whole = await built({ p, keys: [at('K.npy')] }, 'whole.lev')
    for (const [a] of firsts) {
      await built({ append: at(`${a}.lev`), stdin: file('B.npy') }, `${a}-b.lev`)
      await built({ append: at(`${a}.lev`), keys: [at('B.npy')] }, `${a}-bf.lev`)
      await merged([`${a}.lev`, 'b-stream.lev'], `${a}-m.lev`)
      await merged(['b-file.lev', `${a}.lev`], `${a}-mf.lev`)
      for (const out of ['b', 'bf', 'm', 'mf']) {
        const { universal } = opened(`${a}-${out}.lev`)
        expect(universal).toMatchObject({ p, rowCount: n, epsilon: EPSILON })
        expect(universal.rowIds.length).toBeLessThanOrEqual(2 * (whole.universalSize ?? 0) + 5)
        await expectVerified(`${a}-${out}.lev`)
        expect(await expectVerified(`${a}-${out}.lev`, true)).toBeGreaterThan(5)
      }
    }
  })

  test.each(tiered(['f4'] as const, ['f4', 'f8'] as const))(
    '--passes 1 reads %s files once, by any workers, and merges',
    async (dtype) => {
      writeMatrix(at('K.npy'), keys, dtype)
      writeMatrix(at('A.npy'), part(0, HALF), dtype)
      writeMatrix(at('B.npy'), part(HALF, n), dtype)
      const options = { p, keys: [at('K.npy')], passes: 1, shardRows: 4096 }
      const seen = new Set<string>()
      for (const [i, workers] of WORKERS.entries()) {
        const summary = await built(options, `one${i}.lev`, workers)
        expect(summary).toMatchObject({ n, p, bytesRead: n * d * (dtype === 'f4' ? 4 : 8) })
        seen.add(digest(readFileSync(at(`one${i}.lev`))))
      }
      expect(seen.size).toBe(1)
      await expectVerified('one0.lev')
      expect(await expectVerified('one0.lev', true)).toBeGreaterThan(5)
      await built({ p, stdin: file('A.npy') }, 'a.lev')
      await built({ ...options, keys: [at('B.npy')], rowOffset: HALF }, 'b.lev')
      await merged(['a.lev', 'b.lev'], 'ab.lev')
      expect(opened('ab.lev').universal).toMatchObject({ p, rowCount: n })
      expect(await expectVerified('ab.lev', true)).toBeGreaterThan(5)
      const summary = await ran({ ...options, universal: at('run.lev') }, 'h.npz')
      expect(summary).toMatchObject({ n, m: 40, uncertifiedQueries: 0 })
      expect(digest(readFileSync(at('run.lev')))).toBe(digest(readFileSync(at('one0.lev'))))
      const verified = { keys: [at('K.npy')], queries: [at('Q.npy')], heavy: at('h.npz') }
      expect(await withJob({ workers: 0 }, (job) => verify(verified, job))).not.toHaveProperty('difference')
    },
  )

  test('a stream of no rows that says so has an empty U, and rows can be added to it', async () => {
    writeMatrix(at('empty.npy'), { rows: 0, cols: d, data: new Float64Array(0) })
    expect(await built({ p, stdin: file('empty.npy') }, 'none.lev')).toMatchObject({
      n: 0,
      p,
      universalSize: 0,
    })
    await built({ append: at('none.lev'), stdin: file('K.npy') }, 'all.lev')
    await built({ p, stdin: file('K.npy') }, 'once.lev')
    expect([...opened('all.lev').universal.rowIds]).toEqual([...opened('once.lev').universal.rowIds])
  })
})

function opened(name: string) {
  const lev = openLev(at(name))
  try {
    return universalFrom(lev)
  } finally {
    lev.close()
  }
}

describe('is refused', () => {
  beforeEach(async () => {
    await built({ p: 3, stdin: file('A.npy') }, 'a3.lev')
  })

  test.each<[string, Partial<BuildOptions>, RegExp]>([
    ['another p', { p: 1 }, /p = 3, the other 1|p = 1, the other 3/],
    ['another epsilon', { p: 3, epsilon: 0.1 }, /epsilon/],
    ['the same rows', { p: 3, rowOffset: 100 }, /rows 100 to 3999/],
  ])('merging with %s', async (_, options, message) => {
    await built({ stdin: file('B.npy'), rowOffset: HALF, ...options }, 'b.lev')
    const error = await rejection(merged(['a3.lev', 'b.lev'], 'm.lev'), 'IncompatibleSummary')
    expect(error.message).toMatch(message)
    expect(error.message).toContain('b.lev')
    expect(namesIn(folder)).not.toContain('m.lev')
  })

  test('another p than that of --append', async () => {
    const wrong = built({ append: at('a3.lev'), p: 1, stdin: file('B.npy') }, 'm.lev')
    expect(await rejection(wrong, 'Option')).toMatchObject({ place: { option: 'p' } })
  })

  test('a stream that ends inside a row', async () => {
    const bytes = readFileSync(at('K.npy'))
    const raw = { p: 3, dtype: 'f64', cols: d, stdin: piped(bytes.subarray(128, bytes.length - 9)) }
    expect((await rejection(built(raw, 'no.lev'), 'Content')).message).toContain('inside row 8999')
    expect(namesIn(folder)).not.toContain('no.lev')
  })

  test('a NaN in a file that is read once, by its place', async () => {
    const bad = part(0, n)
    bad.data[5000 * d + 2] = NaN
    writeMatrix(at('bad.npy'), bad)
    const error = await rejection(built({ p: 3, passes: 1, keys: [at('bad.npy')] }, 'no.lev'), 'Content')
    expect(error).toMatchObject({ place: { row: 5000, column: 2 } })
    expect(error.message).toContain('bad.npy')
  })

  test('what takes the keys a second time', async () => {
    const passes = built({ p: 3, passes: 2, stdin: file('K.npy') }, 'no.lev')
    expect(await rejection(passes, 'Option')).toMatchObject({ place: { option: 'passes' } })
    const tightened = built({ p: 3, passes: 1, tighten: true, keys: [at('K.npy')] }, 'no.lev')
    expect(await rejection(tightened, 'Option')).toMatchObject({ place: { option: 'tighten' } })
    const exact = ran({ p: 3, scores: 'exact', stdin: file('K.npy') }, 'no.npz')
    expect(await rejection(exact, 'Option')).toMatchObject({ place: { option: 'scores' } })
  })
})

test('a .lev of p = 3 that an earlier version wrote is read; it holds no weights, so it is not merged', async () => {
  copyFileSync(join(import.meta.dirname, '../../golden/outputs/power-v1.lev'), at('old.lev'))
  const { universal, origin } = opened('old.lev')
  expect([...universal.rowIds].sort((a, b) => a - b)).toEqual([20, 77, 150])
  expect(universal).toMatchObject({ p: 3, rowCount: 240, epsilon: 0.05 })
  expect(origin.weighted).toBeUndefined()
  writeMatrix(at('Q3.npy'), { rows: 2, cols: 3, data: Float64Array.of(9, 1, 1, 2, 1, -12) })
  const options = { universal: at('old.lev'), queries: [at('Q3.npy')], keys: [], out: at('h.npz') }
  expect(await withJob({ workers: 0 }, (job) => search(options, job))).toMatchObject({ m: 2, p: 3 })
  const error = await rejection(merged(['old.lev'], 'm.lev'), 'IncompatibleSummary')
  expect(error.message).toMatch(/old\.lev is for p = 3 and holds no weights/)
})
