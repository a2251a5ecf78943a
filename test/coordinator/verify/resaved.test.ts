// Results that went through other tools: a data frame that wrote heavy.csv again, SciPy that saved heavy.npz again. Catches: the same pairs
// refused for the way they are written; others taken for the same; a refusal without its line. Cannot catch: a tool that rounds.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { levattention } from '@levattention/coordinator'
import { openMatrix } from '@levattention/core'
import { npyHeader } from '@levattention/core/internal'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { archiveBytes } from '../../core/files/zip-archive.ts'
import { pythonWith, PYTHON_TIMEOUT_MS, runPython } from '../../core/files/output-support.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [n, m, d] = [400, 30, 5]
const EPSILON = ['--epsilon', '0.02'] as const
let head = ''
let rows: string[][] = []

beforeAll(async () => {
  const keys = gaussianRows(n, d, 32)
  for (let row = 0; row < n; row += 40) for (let a = 0; a < d; a++) keys[row * d + a] *= 9
  work.npy('K.npy', [n, d], keys)
  work.npy('Q.npy', [m, d], gaussianRows(m, d, 33))
  for (const name of ['h.csv', 'h.npz', 'h.ndjson'])
    await runHere(work, 'run', '--keys', 'K.npy', '--queries', 'Q.npy', ...EPSILON, '--out', name)
  await runHere(
    work,
    'run',
    '--keys',
    'K.npy',
    '--queries',
    'Q.npy',
    '--p',
    '3',
    '--scores',
    'interval',
    ...EPSILON,
    '--out',
    'i.csv',
  )
  const estimated = ['--p', '3', '--scores', 'estimate', '--seed', '5', ...EPSILON] as const
  for (const name of ['e.csv', 'e.npz'])
    await runHere(work, 'run', '--keys', 'K.npy', '--queries', 'Q.npy', ...estimated, '--out', name)
  const [first, ...lines] = readFileSync(work.path('h.csv'), 'utf8').trimEnd().split('\n')
  head = first
  rows = lines.map((line) => line.split(','))
})

async function verified(file: string, ...more: string[]) {
  const args = ['--keys', 'K.npy', '--queries', 'Q.npy', '--heavy', file, ...more] as const
  return await runHere(work, 'verify', ...args)
}

type Rewrite = (header: string, pairs: readonly string[][]) => string
const text = (lines: readonly string[], end = '\n') => lines.map((line) => line + end).join('')
const byScore = (pairs: readonly string[][]) => pairs.toSorted((a, b) => Number(b[2]) - Number(a[2]))
const joined = (pairs: readonly (readonly string[])[], separator = ',') =>
  pairs.map((pair) => pair.join(separator))

describe('a .csv that a data frame wrote again', () => {
  const same: [string, Rewrite][] = [
    ['lines of Windows', (header, pairs) => text([header, ...joined(pairs)], '\r\n')],
    ['by score', (header, pairs) => text([header, ...joined(byScore(pairs))])],
    [
      'an index',
      (header, pairs) => text([`,${header}`, ...joined(pairs.map((pair, i) => [String(i), ...pair]))]),
    ],
    [
      'an index read and written again, by score, quoted',
      (header, pairs) =>
        text([`"Unnamed: 0",${header}`, ...joined(byScore(pairs).map((pair, i) => [`"${i}"`, ...pair]))]),
    ],
    [
      'ids as floats',
      (header, pairs) =>
        text([header, ...joined(pairs.map(([q, k, ...rest]) => [`${q}.0`, `${k}.0`, ...rest]))]),
    ],
    [
      'ids with exponents',
      (header, pairs) =>
        text([header, ...joined(pairs.map(([q, k, ...rest]) => [q, Number(k).toExponential(), ...rest]))]),
    ],
    ['semicolons', (header, pairs) => text([header.replaceAll(',', ';'), ...joined(pairs, ';')])],
    [
      'semicolons and decimal commas',
      (header, pairs) =>
        text([
          header.replaceAll(',', ';'),
          ...joined(
            pairs.map((pair) => pair.map((one) => one.replace('.', ','))),
            ';',
          ),
        ]),
    ],
    ['tabs', (header, pairs) => text([header.replaceAll(',', '\t'), ...joined(pairs, '\t')])],
    ['a byte order mark', (header, pairs) => `\ufeff${text([header, ...joined(pairs)])}`],
    [
      'quoted fields',
      (header, pairs) =>
        text(joined([header.split(','), ...pairs].map((line) => line.map((one) => `"${one}"`)))),
    ],
    [
      'columns in another order',
      (_, pairs) => text(['dot,score,key,query', ...joined(pairs.map((pair) => pair.toReversed()))]),
    ],
  ]
  test.each(same)('%s: the same pairs', async (name, rewrite) => {
    writeFileSync(work.path('again.csv'), rewrite(head, rows))
    const { exitCode, stdout, stderr } = await verified('again.csv', ...EPSILON)
    expect([exitCode, stderr, name]).toEqual([0, expect.any(String), name])
    expect(stdout).toContain(`${rows.length}`)
  })

  const others: [string, Rewrite, number, RegExp][] = [
    [
      'a line twice',
      (header, pairs) => text([header, ...joined(pairs), pairs[0].join(',')]),
      65,
      /line \d+: .*none twice/,
    ],
    [
      'a line twice, by score',
      (header, pairs) => text([header, ...joined(byScore([...pairs, pairs[3]]))]),
      65,
      /line \d+: .*none twice/,
    ],
    [
      'no last end',
      (header, pairs) => text([header, ...joined(pairs)]).slice(0, -1),
      65,
      /line \d+: truncated/,
    ],
    [
      'an id with a fraction',
      (header, pairs) => text([header, ...joined(pairs), '1,2.5,0.5,1']),
      65,
      /line \d+: expected/,
    ],
    ['a word', (header, pairs) => text([header, ...joined(pairs), '1,2,half,1']), 65, /line \d+: expected/],
    [
      'a column more',
      (header, pairs) => text([`${header},layer`, ...joined(pairs.map((pair) => [...pair, '0']))]),
      65,
      /line 1: expected the header/,
    ],
    [
      'a column less',
      (_, pairs) => text(['query,key,score', ...joined(pairs.map((pair) => pair.slice(0, 3)))]),
      65,
      /line 1: expected the header/,
    ],
    [
      'a pair less, by score',
      (header, pairs) => text([header, ...joined(byScore(pairs.slice(1)))]),
      1,
      /the file does not have it/,
    ],
    [
      'another score',
      (header, pairs) =>
        text([header, ...joined(byScore(pairs.map((pair, i) => (i === 5 ? pair.with(2, '0.0203') : pair))))]),
      1,
      /query/,
    ],
  ]
  test.each(others)('%s: told', async (_, rewrite, wanted, said) => {
    writeFileSync(work.path('other.csv'), rewrite(head, rows))
    const { exitCode, stdout, stderr } = await verified('other.csv', ...EPSILON)
    expect([exitCode, (stdout + stderr).replaceAll(/\s+/g, ' ')]).toEqual([
      wanted,
      expect.stringMatching(said),
    ])
  })

  test('lines of JSON in another order, with what a frame adds', async () => {
    const lines = readFileSync(work.path('h.ndjson'), 'utf8').trimEnd().split('\n')
    const again = lines
      .toReversed()
      .map((line, index) => JSON.stringify({ index, ...(JSON.parse(line) as object) }))
    writeFileSync(work.path('again.ndjson'), `\ufeff${text(again)}`)
    expect((await verified('again.ndjson', ...EPSILON)).exitCode).toBe(0)
    writeFileSync(work.path('again.ndjson'), text([...again, again[0]]))
    const { exitCode, stderr } = await verified('again.ndjson', ...EPSILON)
    expect([exitCode, stderr]).toEqual([65, expect.stringContaining(`line ${again.length + 1}`)])
  })

  test('intervals keep their columns', async () => {
    const [first, ...lines] = readFileSync(work.path('i.csv'), 'utf8').trimEnd().split('\n')
    const again = [first, ...lines.toReversed()].map(
      (line, at) => `${at === 0 ? '' : at};${line.replaceAll(',', ';')}`,
    )
    writeFileSync(work.path('again-i.csv'), text(again))
    expect((await verified('again-i.csv', ...EPSILON, '--p', '3')).exitCode).toBe(0)
  })
})

describe('a .npz that SciPy saved again', () => {
  const npy = (descr: string, shape: readonly number[], data: ArrayBufferView | string) =>
    Buffer.concat([
      npyHeader(descr, shape),
      typeof data === 'string' ? Buffer.from(data) : new Uint8Array(data.buffer as ArrayBuffer),
    ])
  const column = (at: number) => rows.map((row) => Number(row[at]))
  const common = (format: string, scores: number[]) => [
    { name: 'format.npy', data: npy(`|S${format.length}`, [], format) },
    { name: 'shape.npy', data: npy('<i8', [2], BigInt64Array.of(BigInt(m), BigInt(n))) },
    { name: 'data.npy', data: npy('<f8', [scores.length], Float64Array.from(scores)) },
  ]
  const ints = (name: string, values: readonly number[]) => ({
    name: `${name}.npy`,
    data: npy('<i4', [values.length], Int32Array.from(values)),
  })
  /** Where each run of `of` begins, from 0 to `count`. */
  const runs = (of: readonly number[], count: number) =>
    Array.from({ length: count + 1 }, (_, run) => of.filter((one) => one < run).length)

  const saved: Record<string, () => { name: string; data: Uint8Array }[]> = {
    csr: () => [...common('csr', column(2)), ints('indices', column(1)), ints('indptr', runs(column(0), m))],
    coo: () => {
      const order = rows.map((_, at) => at).sort((a, b) => Number(rows[b][2]) - Number(rows[a][2]))
      const of = (at: number) => order.map((one) => column(at)[one])
      return [...common('coo', of(2)), ints('row', of(0)), ints('col', of(1))]
    },
    csc: () => {
      const order = rows.map((_, at) => at).sort((a, b) => Number(rows[a][1]) - Number(rows[b][1]))
      const of = (at: number) => order.map((one) => column(at)[one])
      return [...common('csc', of(2)), ints('indices', of(0)), ints('indptr', runs(of(1), n))]
    },
  }

  test.each(Object.keys(saved).flatMap((format) => [[format, 0] as const, [format, 8] as const]))(
    '%s, method %i',
    async (format, method) => {
      writeFileSync(
        work.path('again.npz'),
        archiveBytes(saved[format]().map((member) => ({ ...member, method }))),
      )
      expect((await verified('again.npz', ...EPSILON)).exitCode).toBe(0)
      const asked = await verified('again.npz')
      expect([asked.exitCode, asked.stderr]).toEqual([
        2,
        expect.stringContaining('does not say at which epsilon'),
      ])
      const less = saved[format]().map((member) =>
        member.name === 'data.npy'
          ? {
              ...member,
              data: npy(
                '<f8',
                [rows.length],
                Float64Array.from({ length: rows.length }, () => 0.021),
              ),
            }
          : member,
      )
      writeFileSync(work.path('less.npz'), archiveBytes(less.map((member) => ({ ...member, method }))))
      expect((await verified('less.npz', ...EPSILON)).exitCode).toBe(1)
    },
  )

  test.each<[string, (members: { name: string; data: Uint8Array }[]) => object[], RegExp]>([
    [
      'a run that falls',
      (members) => [...members.slice(0, 4), ints('indptr', [0, 5, 3, ...runs(column(0), m).slice(3)])],
      /indptr/,
    ],
    [
      'a pair twice',
      () => [
        ...common('coo', column(2)),
        ints('row', column(0).with(1, column(0)[0])),
        ints('col', column(1).with(1, column(1)[0])),
      ],
      /none twice/,
    ],
    [
      'a member cut off',
      (members) =>
        members.map((member) =>
          member.name === 'data.npy' ? { ...member, method: 8, content: Buffer.from('no deflate') } : member,
        ),
      /data/,
    ],
    [
      'a member that lies about its length',
      (members) =>
        members.map((member) =>
          member.name === 'data.npy' ? { ...member, method: 8, memberBytes: 2 ** 30 } : member,
        ),
      /cannot hold/,
    ],
    [
      'a checksum',
      (members) => members.map((member) => (member.name === 'data.npy' ? { ...member, crc: 1 } : member)),
      /CRC-32/,
    ],
    [
      'float32 scores',
      (members) =>
        members.map((member) =>
          member.name === 'data.npy'
            ? { ...member, data: npy('<f4', [rows.length], new Float32Array(rows.length)) }
            : member,
        ),
      /data/,
    ],
  ])('%s is refused', async (_, change, said) => {
    writeFileSync(
      work.path('bad.npz'),
      archiveBytes(change(saved.csr()) as Parameters<typeof archiveBytes>[0]),
    )
    const { exitCode, stderr } = await verified('bad.npz', ...EPSILON)
    expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([65, expect.stringMatching(said)])
  })

  test(
    'by SciPy and NumPy themselves, meta and all where that is kept',
    { timeout: PYTHON_TIMEOUT_MS },
    async (context) => {
      const python = pythonWith('scipy') ?? context.skip('no python3 with scipy here')
      const script = `
import numpy as np, scipy.sparse as sp, sys
A = sp.load_npz(sys.argv[1] + '/h.npz'); at = lambda name: sys.argv[1] + '/' + name
sp.save_npz(at('c.npz'), A); sp.save_npz(at('s.npz'), A, compressed=False); sp.save_npz(at('coo.npz'), A.tocoo())
sp.save_npz(at('csc.npz'), A.tocsc()); sp.save_npz(at('array.npz'), sp.csr_array(A))
np.savez_compressed(at('all.npz'), **np.load(at('h.npz'))); sp.save_npz(at('lost.npz'), sp.load_npz(at('e.npz')))
print('null')
`
      runPython(python, script, [work.folder])
      for (const name of ['c.npz', 's.npz', 'coo.npz', 'csc.npz', 'array.npz'])
        expect((await verified(name, ...EPSILON)).exitCode, name).toBe(0)
      const { exitCode, stdout } = await verified('lost.npz', ...EPSILON, '--p', '3')
      expect([exitCode, stdout.replaceAll(/\s+/g, ' ')]).toEqual([
        1,
        expect.stringContaining('SciPy saves the scores alone'),
      ])
      const { epsilon } = await jsonHere(
        work,
        'verify',
        '--keys',
        'K.npy',
        '--queries',
        'Q.npy',
        '--heavy',
        'all.npz',
      )
      expect(epsilon).toBe(0.02)
    },
  )
})

describe('compressed, or as Parquet', () => {
  const columnsOf = (header: string, lines: readonly string[][]) =>
    header.split(',').map((name, at) => ({
      name,
      type: at < 2 ? ('INT64' as const) : ('DOUBLE' as const),
      data: lines.map((line) => (at < 2 ? BigInt(line[at]) : Number(line[at]))),
    }))

  test('they are the same pairs, and nothing is left of them', async () => {
    writeFileSync(work.path('z.csv.gz'), gzipSync(readFileSync(work.path('h.csv'))))
    writeFileSync(work.path('z.ndjson.gz'), gzipSync(readFileSync(work.path('h.ndjson'))))
    const parquet = parquetWriteBuffer({ columnData: columnsOf(head, rows), rowGroupSize: 20 })
    writeFileSync(work.path('z.parquet'), Buffer.from(parquet))
    const [first, ...lines] = readFileSync(work.path('i.csv'), 'utf8').trimEnd().split('\n')
    const ends = columnsOf(
      first,
      lines.map((line) => line.split(',')),
    )
    writeFileSync(work.path('i.parquet'), Buffer.from(parquetWriteBuffer({ columnData: ends })))
    mkdirSync(work.path('tmp'))
    for (const [file, ...more] of [['z.csv.gz'], ['z.ndjson.gz'], ['z.parquet'], ['i.parquet', '--p', '3']]) {
      const { exitCode, stdout } = await verified(file, ...EPSILON, ...more, '--tmp', work.path('tmp'))
      expect([file, exitCode, stdout]).toEqual([file, 0, expect.stringContaining('is right')])
    }
    expect(readdirSync(work.path('tmp'))).toEqual([])
  })

  test('of estimates too, with their errors; without them it is said what is lost', async () => {
    const [first, ...lines] = readFileSync(work.path('e.csv'), 'utf8').trimEnd().split('\n')
    const cells = lines.map((line) => line.split(','))
    const save = (name: string, count: number) => {
      const header = first.split(',').slice(0, count).join(',')
      const columnData = columnsOf(
        header,
        cells.map((pair) => pair.slice(0, count)),
      )
      writeFileSync(work.path(name), Buffer.from(parquetWriteBuffer({ columnData })))
    }
    const trial = async (name: string) => {
      const { exitCode, stdout } = await verified(name, ...EPSILON, '--p', '3')
      return [exitCode, stdout.replaceAll(/\s+/g, ' ')] as const
    }
    save('e.parquet', 7)
    expect(await trial('e.parquet')).toEqual([0, expect.stringContaining('is right')])
    // A lower end below epsilon is no score below epsilon.
    save('ends.parquet', 6)
    const [code, ends] = await trial('ends.parquet')
    expect(code).toBe(1)
    expect(ends).toMatch(/its lower end is \S+, below epsilon 0\.02/)
    expect(ends).toContain('estimates are told by their standard errors: keep the column scoreSE')
    save('alone.parquet', 4)
    expect(await trial('alone.parquet')).toEqual([
      1,
      expect.stringContaining('gives no scoreLow, scoreHigh and scoreSE'),
    ])
  })

  test.each<[string, () => Uint8Array, RegExp]>([
    [
      'cut.csv.gz',
      () => gzipSync(readFileSync(work.path('h.csv'))).subarray(0, -30),
      /cut\.csv\.gz: .*(damaged|truncated)/,
    ],
    ['other.csv.gz', () => gzipSync('a,b\n1,2\n'), /other\.csv\.gz, line 1: expected the header/],
    [
      'other.parquet',
      () => new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'query', data: [1, 2] }] })),
      /other\.parquet: holds no heavy pairs: it has no column key, score, dot/,
    ],
    ['text.parquet', () => Buffer.from('nothing of the kind'), /text\.parquet: damaged, or no Parquet file/],
  ])('%s is refused', async (name, bytes, found) => {
    writeFileSync(work.path(name), bytes())
    const { exitCode, stderr } = await verified(name, ...EPSILON)
    expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([65, expect.stringMatching(found)])
  })
})

test('numbers with fewer digits are said to have lost them; other numbers are not', async () => {
  const rounded = rows.map(([q, k, score, dot]) => [q, k, Number(score).toFixed(7), Number(dot).toFixed(7)])
  writeFileSync(work.path('r.csv'), text([head, ...joined(rounded)]))
  const told = (await verified('r.csv', ...EPSILON)).stdout.replaceAll(/\s+/g, ' ')
  expect(told).toMatch(/a pair is wrong: .* digits of the file are right, the others were lost/)
  expect(told).not.toContain('--attention softmax')
  const other = rows.map(([q, k, score, dot]) => [q, k, `${Number(score) * 1.001}`, dot])
  writeFileSync(work.path('o.csv'), text([head, ...joined(other)]))
  const wrong = (await verified('o.csv', ...EPSILON)).stdout
  expect(wrong).toContain('a pair is wrong')
  expect(wrong).not.toContain('lost')
})

test('the library reads what the command reads, and leaves nothing behind', async () => {
  writeFileSync(work.path('lib.csv.gz'), gzipSync(readFileSync(work.path('h.csv'))))
  const lev = await levattention({ workers: 0 })
  try {
    const [keys, queries] = ['K.npy', 'Q.npy'].map((name) => openMatrix(work.path(name)))
    const sources = { keys, queries, heavy: work.path('lib.csv.gz') }
    expect(await lev.verify(sources, { epsilon: 0.02 })).toMatchObject({ ok: true, pairs: rows.length })
  } finally {
    await lev.close()
  }
})
