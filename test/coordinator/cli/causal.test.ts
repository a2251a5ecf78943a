// Catches: --causal, --query-start or --segment that a command drops or reads differently, a causal .lev that does not give
// the pairs of `run`, bytes that depend on workers, masks that contradict shapes or other options and are not refused,
// a `verify` that is blind to the mask. Cannot catch: pairs that `run` and `verify` both miss (test/laws/causal).
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bruteForceMasked, type MaskTerms } from '../../support/masked.ts'
import type { DenseMatrix } from '../../support/oracle.ts'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'
import { someOf, tiered } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())

/** The rows of an input as the oracle takes them. */
function dense(rows: Float32Array, cols: number): DenseMatrix {
  return { rows: rows.length / cols, cols, data: Float64Array.from(rows) }
}

const K = gaussianRows(300, 4, 1, 3)
const Q = gaussianRows(300, 4, 2)
const LATE = gaussianRows(50, 4, 3)

beforeAll(() => {
  work.npy('K.npy', [300, 4], K)
  work.npy('Q.npy', [300, 4], Q)
  work.npy('K8.npy', [300, 4], Float64Array.from(K))
  work.npy(
    'nan.npy',
    [300, 4],
    K.map((value, i) => (i === 4 * 250 + 3 ? NaN : value)),
  )
  work.npy('late.npy', [50, 4], LATE)
  work.npy('none.npy', [0, 4], new Float32Array(0))
  work.npy('H.npy', [2, 150, 4], gaussianRows(300, 4, 5))
  work.npy('long.npy', [9000, 6], gaussianRows(9000, 6, 6, 5))
  work.npy('long8.npy', [9000, 6], Float64Array.from(gaussianRows(9000, 6, 6, 5)))
  work.npy('longQ.npy', [9000, 6], gaussianRows(9000, 6, 7))
})

interface Printed {
  readonly exitCode?: number
  readonly error?: { readonly option?: string; readonly message: string }
}

async function pairsOf(...args: string[]): Promise<{ query: number; key: number }[]> {
  const { exitCode, stdout, stderr } = await runHere(work, args[0], ...args.slice(1), '--quiet')
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { query: number; key: number })
    .map(({ query, key }) => ({ query, key }))
}

function wanted(queries: Float32Array, terms: MaskTerms, p = 2): { query: number; key: number }[] {
  const { pairs } = bruteForceMasked(dense(queries, 4), dense(K, 4), 0.05, terms, p)
  return pairs.map(({ query, key }) => ({ query, key }))
}

const RUN = ['run', '--keys', 'K.npy', '--epsilon', '0.05']

describe('pairs are those of a masked scan', () => {
  test.each<[string, string[], Float32Array, MaskTerms, number]>([
    ['causal', ['--queries', 'Q.npy', '--causal'], Q, { causal: true }, 2],
    [
      'causal, the last queries',
      ['--queries', 'late.npy', '--causal', '--query-start', '250'],
      LATE,
      { causal: true, queryStart: 250 },
      2,
    ],
    ['causal, p = 3', ['--queries', 'Q.npy', '--causal', '--p', '3'], Q, { causal: true }, 3],
    ['causal, p = 1', ['--queries', 'Q.npy', '--causal', '--p', '1'], Q, { causal: true }, 1],
    ['segments', ['--queries', 'Q.npy', '--segment', '70'], Q, { causal: false, segment: 70 }, 2],
    [
      'causal segments from a row on',
      ['--queries', 'late.npy', '--causal', '--segment', '64', '--query-start', '100'],
      LATE,
      { causal: true, segment: 64, queryStart: 100 },
      2,
    ],
    [
      'segments, p = 3',
      ['--queries', 'Q.npy', '--segment', '128', '--p', '3'],
      Q,
      { causal: false, segment: 128 },
      3,
    ],
    ['one segment of all rows', ['--queries', 'Q.npy', '--segment', '1000'], Q, { causal: false }, 2],
  ])('%s', async (_, args, queries, terms, p) => {
    const found = await pairsOf(...RUN, ...args)
    expect(found).toEqual(wanted(queries, terms, p))
    expect(found.length).toBeGreaterThan(50)
  })

  test('the keys as their own queries', async () => {
    expect(await pairsOf(...RUN, '--causal')).toEqual(wanted(K, { causal: true }))
  })
})

describe('a causal .lev', () => {
  test('is the same from build and from run, and query gives the bytes of run', async () => {
    await runHere(work, ...words('run --keys K.npy --queries Q.npy --causal --out r.npz --universal r.lev'))
    await runHere(work, ...words('build K.npy --causal --out b.lev'))
    await runHere(work, ...words('query --universal b.lev --keys K.npy --queries Q.npy --out q.npz'))
    expect(bytes('b.lev')).toBe(bytes('r.lev'))
    expect(bytes('q.npz')).toBe(bytes('r.npz'))
  })

  test('says so, and asks for the keys', async () => {
    await runHere(work, ...words('build K.npy --causal --out says.lev'))
    const inspected = await jsonHere(work, 'inspect', 'says.lev')
    expect(JSON.stringify(inspected)).toContain('"causal":true')
    const refused = await jsonHere(work, 'query', '--universal', 'says.lev', '--queries', 'Q.npy')
    expect(refused).toMatchObject({ exitCode: 2, error: { option: 'keys' } })
    const other = await jsonHere(work, ...words('query --universal says.lev --queries Q.npy --keys Q.npy'))
    expect(other).toMatchObject({ exitCode: 65 })
    const late = words(
      'query --universal says.lev --queries late.npy --keys K.npy --query-start 250 --epsilon .05',
    )
    expect(await pairsOf(...late)).toEqual(wanted(LATE, { causal: true, queryStart: 250 }))
  })

  test.each(['K.npy', 'K8.npy'])('of float32 and float64 keys alike: built from %s', async (built) => {
    await runHere(work, 'build', built, ...words('--causal --epsilon 0.05 --out either.lev --force'))
    const [other] = ['K.npy', 'K8.npy'].filter((name) => name !== built)
    const found = await pairsOf(...words(`query --universal either.lev --queries Q.npy --keys ${other}`))
    expect(found).toEqual(wanted(Q, { causal: true }))
  })

  test.each(someOf(['long.npy', 'long8.npy'], 1))(
    'the same in several shards: built from %s',
    async (built) => {
      const terms = words('--causal --epsilon 0.02')
      const pairs = await pairsOf('run', '--keys', 'long.npy', '--queries', 'longQ.npy', ...terms)
      await runHere(work, 'build', built, ...terms, ...words('--shard-rows 4096 --out shards.lev --force'))
      const [other] = ['long.npy', 'long8.npy'].filter((name) => name !== built)
      const query = words(`query --universal shards.lev --queries longQ.npy --keys ${other}`)
      expect(await pairsOf(...query)).toEqual(pairs)
    },
  )

  test('of another p', async () => {
    await runHere(work, ...words('build K.npy --causal --p 3 --epsilon 0.05 --out p3.lev'))
    const found = await pairsOf(...words('query --universal p3.lev --queries Q.npy --keys K.npy'))
    expect(found).toEqual(wanted(Q, { causal: true }, 3))
  })

  test('is not merged or added to', async () => {
    await runHere(work, ...words('build K.npy --causal --out alone.lev'))
    expect(await jsonHere(work, ...words('merge alone.lev --out m.lev'))).toMatchObject({ exitCode: 65 })
    const added = await jsonHere(work, ...words('build K.npy --append alone.lev --out m.lev'))
    expect(added).toMatchObject({ exitCode: 65 })
  })
})

test.each(
  someOf(
    [
      'run --keys long.npy --queries longQ.npy --causal --out h.npz --universal u.lev --shard-rows 4096',
      'run --keys long.npy --queries longQ.npy --causal --segment 3000 --out h.npz',
      'run --keys K.npy --queries Q.npy --causal --p 3 --out h.npz --universal u.lev',
    ],
    4,
  ),
)('the same bytes for any workers: %s', async (commandLine) => {
  const digests = new Set<string>()
  const few = ['--workers 0 --kernels scalar', '--workers 2']
  for (const settings of tiered(few, [...few, '--workers 1', '--workers 5'])) {
    const args = words(`${commandLine} ${settings} --quiet`)
    expect(await runHere(work, ...args)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    const files = args.filter((arg) => /^[hu]\./.test(arg))
    digests.add(files.map(bytes).join(' '))
    for (const file of files) rmSync(work.path(file))
  }
  expect(digests.size).toBe(1)
})

test('neither the cut of the queries nor that of the keys changes what is found', async () => {
  const base = 'run --keys long.npy --queries longQ.npy --causal --epsilon 0.02'
  const pairs = await pairsOf(...words(base))
  expect(await pairsOf(...words(`${base} --query-batches 7`))).toEqual(pairs)
  expect(await pairsOf(...words(`${base} --shards 1`))).toEqual(pairs)
  expect(pairs.length).toBeGreaterThan(1000)
})

describe('verify', () => {
  const tried = async (...args: string[]) =>
    (await runHere(work, 'verify', '--keys', 'K.npy', ...args)).exitCode

  test.each(
    someOf(['--causal', '--segment 70', '--causal --segment 64 --query-start 0', '--causal --p 3'], 2),
  )('%s is read from the file', async (mask) => {
    const out = ['--out', 'v.npz', '--force', '--quiet']
    await runHere(work, 'run', '--keys', 'K.npy', '--queries', 'Q.npy', ...words(mask), ...out)
    expect(await tried('--queries', 'Q.npy', '--heavy', 'v.npz')).toBe(0)
  })

  test('lines of pairs take the mask from the options, and are wrong under another', async () => {
    await runHere(work, ...words('run --keys K.npy --queries Q.npy --causal --out v.csv --force --quiet'))
    const heavy = ['--queries', 'Q.npy', '--heavy', 'v.csv', '--epsilon', '0.01']
    expect(await tried(...heavy, '--causal')).toBe(0)
    expect(await tried(...heavy)).toBe(1)
    expect(await tried(...heavy, '--causal', '--segment', '100')).toBe(1)
  })

  test('a pair that the mask hides is extra', async () => {
    writeFileSync(work.path('hidden.csv'), 'query,key,score,dot\n3,200,0.5,1\n')
    const { difference } = await jsonHere(
      work,
      ...words('verify --keys K.npy --queries Q.npy --heavy hidden.csv --epsilon 1 --causal'),
    )
    expect(difference).toMatchObject({ kind: 'extra', query: 3, key: 200 })
  })

  test('a meta that says otherwise than the options is refused', async () => {
    await runHere(work, ...words('run --keys K.npy --queries Q.npy --out plain.npz --quiet --force'))
    const printed = await jsonHere(
      work,
      ...words('verify --keys K.npy --queries Q.npy --heavy plain.npz --causal'),
    )
    expect(printed).toMatchObject({ exitCode: 2, error: { option: 'causal' } })
  })
})

describe('shapes', () => {
  test.each([
    ['run --keys none.npy --causal', { n: 0, m: 0, pairs: 0, causal: true }],
    ['run --keys K.npy --queries none.npy --causal', { n: 300, m: 0, pairs: 0, causal: true }],
    ['run --keys none.npy --causal --segment 5', { n: 0, m: 0, pairs: 0, causal: true, segment: 5 }],
    ['run --keys none.npy --causal --p 3', { n: 0, m: 0, pairs: 0, p: 3 }],
    ['build none.npy --causal --out empty.lev', { n: 0, universalSize: 0, causal: true }],
    [
      'run --keys K.npy --queries late.npy --causal --query-start 250',
      { m: 50, causal: true, queryStart: 250 },
    ],
    ['run --keys K.npy --queries Q.npy', { causal: false }],
  ])('%s', async (commandLine, facts) => {
    expect(await jsonHere(work, ...words(commandLine))).toMatchObject(facts)
  })

  test('heads, each causal', async () => {
    const summary = await jsonHere(work, ...words('run --keys H.npy --heads all --causal --out heads'))
    expect(summary).toMatchObject({ causal: true, n: 150 })
    const verified = ['--keys', 'H.npy#[1]', '--heavy', 'heads/head-0001.npz']
    expect((await runHere(work, 'verify', ...verified)).exitCode).toBe(0)
  })
})

test.each(['--causal', '--causal --p 3', '--segment 100'])('a NaN is told by its place: %s', async (mask) => {
  for (const [keys, queries] of [
    ['K.npy', 'nan.npy'],
    ['nan.npy', 'K.npy'],
  ]) {
    const printed = await jsonHere(work, ...words(`run --keys ${keys} --queries ${queries} ${mask}`))
    expect(printed).toMatchObject({ exitCode: 65, error: { file: 'nan.npy', row: 250, column: 3 } })
  }
})

describe('a mask that cannot be is a usage error', () => {
  test.each([
    ['run --keys K.npy --queries late.npy --causal', 'query-start', '50 queries and 300 keys'],
    ['run --keys K.npy --queries late.npy --segment 10', 'query-start', '--query-start 250'],
    ['run --keys K.npy --queries late.npy --causal --query-start 251', 'query-start', 'there are 300 keys'],
    ['run --keys none.npy --queries late.npy --causal --query-start 0', 'query-start', 'there are 0 keys'],
    ['run --keys K.npy --queries late.npy --query-start 5', 'query-start', 'add `--causal`'],
    ['run --keys K.npy --causal --keep 5', 'keep', 'give --epsilon'],
    ['run --keys K.npy --segment 5 --keep 5', 'keep', 'each segment has its own'],
    ['run --keys K.npy --segment 5 --universal s.lev', 'universal', 'each segment has its own'],
    ['run --keys K.npy --causal --p 3 --scores interval', 'scores', 'exact'],
    ['run --keys K.npy --causal --p 3 --passes 4', 'passes', 'leave it out'],
    ['run --keys K.npy --causal --p 3 --tighten', 'tighten', 'before each key'],
    ['build K.npy --causal --method sketch --out s.lev', 'method', '--causal goes with `--method exact`'],
    ['run --keys K.npy --causal --segment 5 --method sketch', 'method', '`--method exact` only'],
    ['run --keys K.npy --segment 5 --method sketch', 'method', '--segment goes with `--method exact`'],
    ['run --keys - --queries Q.npy --causal', 'causal', 'name files'],
    ['build - --causal --out s.lev', 'causal', 'name files'],
    ['build K.npy --causal --row-offset 5 --out s.lev', 'row-offset', 'all keys at once'],
    ['build K.npy --causal --append u.lev --out s.lev', 'append', '--concat'],
    ['run --keys H.npy --heads all --segment 5 --out s', 'segment', 'one matrix'],
    ['build K.npy --segment 5 --out s.lev', 'segment', 'run, attend, coverage, verify and plan'],
  ])('%s', async (commandLine, option, message) => {
    const printed = (await jsonHere(work, ...words(commandLine))) as Printed
    expect(printed).toMatchObject({ exitCode: 2, error: { option } })
    expect(printed.error?.message).toContain(message)
  })
})

function words(commandLine: string): [string, ...string[]] {
  const [name, ...args] = commandLine.split(' ')
  return [name, ...args]
}

function bytes(file: string): string {
  return createHash('sha256')
    .update(readFileSync(work.path(file)))
    .digest('hex')
}
