// Catches: pairs that are not the brute-force oracle's, an option that changes nothing, wrong places in files that were
// put together, pairs and summary on the wrong stream. Cannot catch: hard numerics, which test/core and the golden sets do.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { readHeavyPairs } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deflatedNpz } from '../../support/deflated-npz.ts'
import { bruteForceHeavy } from '../../support/oracle.ts'
import { ended, gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
const [n, d, m] = [900, 6, 50]
const keys = gaussianRows(n, d, 1, 5)
const queries = gaussianRows(m, d, 2)
const BOTH = ['--keys', 'K.npy', '--queries', 'Q.npy', '--epsilon', '.02'] as const
afterAll(() => work.remove())

interface Line {
  query: number
  key: number
  score: number
  dot: number
}

function linesOf(ndjson: string): Line[] {
  return ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

let ndjson = ''
beforeAll(async () => {
  work.npy('K.npy', [n, d], keys)
  work.npy('Q.npy', [m, d], queries)
  const part = (name: string, start: number, end: number) =>
    work.npy(name, [end - start, d], keys.slice(start * d, end * d))
  part('part1.npy', 0, 100)
  part('part2.npy', 100, 500)
  part('part10.npy', 500, n)
  writeFileSync(work.path('list.txt'), '# parts\npart1.npy\n\npart2.npy\r\npart10.npy\n')
  writeFileSync(work.path('K.bin'), Buffer.concat([Buffer.alloc(24), Buffer.from(keys.buffer)]))
  writeFileSync(work.path('deflated.npz'), deflatedNpz('k', readFileSync(work.path('K.npy'))))
  const ran = await runHere(work, 'run', ...BOTH)
  expect(ran.exitCode).toBe(0)
  ndjson = ran.stdout
})

test('the pairs on standard output are those of brute force', () => {
  const oracle = bruteForceHeavy(
    { rows: m, cols: d, data: Float64Array.from(queries) },
    { rows: n, cols: d, data: Float64Array.from(keys) },
    0.02,
  )
  const found = linesOf(ndjson)
  expect(found.map(({ query, key }) => [query, key])).toEqual(
    oracle.pairs.map(({ query, key }) => [query, key]),
  )
  found.forEach(({ score }, i) => expect(score / oracle.pairs[i].score).toBeCloseTo(1, 9))
})

describe('the same keys, named in other ways, give the same pairs', () => {
  test.each([
    [['--keys', 'part*.npy', '--concat']],
    [['--keys', 'part1.npy', '--keys', 'part2.npy', '--keys', './part10.npy', '--concat']],
    [['--keys', '@list.txt', '--concat']],
    [['--keys', 'K.bin', '--dtype', 'f32', '--cols', String(d), '--offset', '24']],
    [['--keys', 'deflated.npz#k']],
    [
      [
        '--keys',
        '{part1,part2,part10}.npy',
        '--concat',
        '--workers',
        '1',
        '--fan-in',
        '2',
        '--query-batches',
        '7',
      ],
    ],
  ])('%j', async (args) => {
    const ran = await runHere(work, 'run', ...args, '--queries', 'Q.npy', '--epsilon', '.02')
    expect(ran.stdout).toBe(ndjson)
  })
})

test('the command in a process of its own: pairs on standard output, summary on standard error', async () => {
  const ran = await ended(work.start(['run', ...BOTH]))
  expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode: 0, stdout: ndjson })
  expect(ran.stderr).toMatch(
    / {2}attention +\|q\.k\|\^2, not softmax; epsilon 0\.02\n {2}inputs +keys \[900, 6\]/,
  )
  expect(ran.stderr).toMatch(
    /^levattention run: \d+ heavy pairs in \d+ queries hold [\d.]+ of a query's attention on average\n\n/m,
  )
})

describe('outputs', () => {
  test('.npz, .csv and .ndjson hold the pairs; nothing is on standard output', async () => {
    for (const out of ['h.npz', 'h.csv', 'h.ndjson']) {
      const ran = await runHere(work, 'run', ...BOTH, '--out', out)
      expect({ stdout: ran.stdout, written: /written +(.*)/.exec(ran.stderr)?.[1] }).toEqual({
        stdout: '',
        written: out,
      })
    }
    expect(readFileSync(work.path('h.ndjson'), 'utf8')).toBe(ndjson)
    const lines = linesOf(ndjson)
    const csv = lines.map(({ query, key, score, dot }) => `${query},${key},${score},${dot}`)
    expect(readFileSync(work.path('h.csv'), 'utf8')).toBe(['query,key,score,dot', ...csv, ''].join('\n'))
    const npz = readHeavyPairs(work.path('h.npz'))
    const [batch] = [...npz.batches()]
    npz.close()
    expect([...batch.scores]).toEqual(lines.map(({ score }) => score))
    expect([...batch.keyIds]).toEqual(lines.map(({ key }) => key))
    expect(npz.meta).toEqual({
      formatVersion: 1,
      attention: '|q.k|^2',
      p: 2,
      epsilon: 0.02,
      causal: false,
      sign: 'both',
      n,
      d,
      m,
    })
  })

  test('--force replaces a file, through a link too, which stays a link', async () => {
    writeFileSync(work.path('old.ndjson'), 'old')
    symlinkSync('old.ndjson', work.path('link.ndjson'))
    const ran = await runHere(work, 'run', ...BOTH, '--out', 'link.ndjson', '--force', '--quiet')
    expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    expect(readFileSync(work.path('old.ndjson'), 'utf8')).toBe(ndjson)
  })

  test('--json alone prints the summary and no pairs', async () => {
    const ran = await runHere(work, 'run', ...BOTH, '--json')
    expect(ran.stderr).toBe('')
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(ran.stdout)).toMatchObject({
      command: 'run',
      n,
      d,
      m,
      pairs: linesOf(ndjson).length,
      outputs: [],
    })
  })

  test('--out - and --json is a usage error, told as JSON', async () => {
    const failure = await jsonHere(work, 'run', ...BOTH, '--out', '-')
    expect(failure).toMatchObject({ exitCode: 2, error: { tag: 'Option', option: 'out' } })
  })

  test('a failure under --json names file, row and column', async () => {
    work.npy('nan.npy', [1, 3], Float32Array.of(1, 2, NaN))
    const ran = await runHere(work, 'run', '--keys', 'nan.npy', '--json')
    expect(ran.stderr).toBe('')
    expect(JSON.parse(ran.stdout)).toMatchObject({
      schemaVersion: 1,
      command: 'run',
      exitCode: 65,
      error: { tag: 'Content', file: 'nan.npy', row: 0, column: 2 },
    })
  })

  test('a reader that leaves ends the run quietly with 141', async () => {
    const child = work.start([
      'run',
      '--keys',
      'K.npy',
      '--epsilon',
      '1e-6',
      '--query-batches',
      '90',
      '--quiet',
    ])
    const closed = new Promise((resolve) => child.on('close', resolve))
    let stderr = ''
    child.stderr?.on('data', (piece: Buffer) => (stderr += String(piece)))
    child.stdout?.once('data', () => child.stdout?.destroy())
    expect(await closed).toBe(141)
    expect(stderr).toBe('')
  })
})

test('--sign positive leaves the pairs with a positive dot', async () => {
  const { stdout } = await runHere(work, 'run', ...BOTH, '--sign', 'positive')
  expect(linesOf(stdout)).toEqual(linesOf(ndjson).filter(({ dot }) => dot > 0))
})

test('--keep N keeps N keys and certifies an epsilon between their bounds', async () => {
  const keep = await jsonHere(work, 'run', '--keys', 'K.npy', '--keep', '3')
  const all = await jsonHere(work, 'run', '--keys', 'K.npy', '--epsilon', '.001')
  expect(keep.universalSize).toBe(3)
  expect(keep.maxBound).toBe(all.maxBound)
  expect(keep.epsilon).toBeGreaterThan(0.02)
  expect(keep.epsilon).toBeLessThan(Number(keep.maxBound))
})

test('without --queries the keys are the queries', async () => {
  const own = await runHere(work, 'run', '--keys', 'K.npy')
  const named = await runHere(work, 'run', '--keys', 'K.npy', '--queries', 'K.npy')
  expect(own.stdout).toBe(named.stdout)
  expect(own.stdout).not.toBe('')
})

test('a name of digits or with glob characters is a file', async () => {
  mkdirSync(work.path('odd'))
  work.npy('odd/123', [n, d], keys)
  work.npy('odd/a[1]*.npy', [n, d], keys)
  for (const name of ['odd/123', 'odd/a[1]*.npy']) {
    const ran = await runHere(work, 'run', '--keys', name, '--queries', 'Q.npy', '--epsilon', '.02')
    expect(ran.stdout).toBe(ndjson)
  }
})

test('a compressed member is read, with a warning, and its temporary file goes', async () => {
  const tmp = work.path('tmp')
  mkdirSync(tmp)
  const before = work.names()
  const summary = await jsonHere(work, 'run', '--keys', 'deflated.npz', '--queries', 'Q.npy', '--tmp', 'tmp')
  expect(summary).toMatchObject({ n, warnings: [{ code: 'deflated-input' }] })
  expect(work.names()).toEqual(before)
})
