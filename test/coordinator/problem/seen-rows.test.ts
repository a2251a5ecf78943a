// Left-padded batches, prompts and parts of captures: keys that a range or a mask leaves out of |q.k|^p attention. Catches: a hidden
// row that weighs anything, whatever lies there; ids or causal positions that are not the file's; a command, a step or a checkpoint that
// passes a mask over; a file that does not say what took part, or is verified against something else. Oracle: the sums themselves,
// over the keys that are left, one query at a time. Cannot catch: a wrong score far below epsilon.
import { readFileSync, writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ofSchema } from '../steps/support.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'
import { someOf } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [n, d, pad] = [200, 6, 37]
const FILLS = { zero: 0, nan: NaN, junk: 50 }

const keys = gaussianRows(n, d, 11)
const queries = gaussianRows(n, d, 12)
const kept = Uint8Array.from({ length: n }, (_, row) => (row < pad || row % 9 === 4 ? 0 : 1))

beforeAll(() => {
  for (const [name, value] of Object.entries(FILLS)) {
    for (const [side, rows] of [
      ['k', keys],
      ['q', queries],
    ] as const) {
      const padded = rows.slice()
      padded.fill(value, 0, pad * d)
      for (let row = pad; row < n; row++) if (kept[row] === 0) padded.fill(value, row * d, (row + 1) * d)
      work.npy(`${side}-${name}.npy`, [n, d], padded)
    }
  }
  writeFileSync(work.path('mask.npy'), maskBytes([n], kept))
  writeFileSync(work.path('other.npy'), maskBytes([n], kept.with(150, 1 - kept[150])))
  work.npy('k.npy', [n, d], keys)
  work.npy('q.npy', [n, d], queries)
})

/** A bool .npy. */
function maskBytes(shape: readonly number[], seen: Uint8Array): Buffer {
  return Buffer.concat([npyHeader('|b1', shape), seen])
}

interface Terms {
  readonly p?: number
  readonly causal?: boolean
  readonly segment?: number
  readonly start?: number
  readonly seesKey: (key: number) => boolean
  readonly asks?: (query: number) => boolean
  readonly q?: Float32Array
}

/** `query,key` of each pair of a share of epsilon, with it. */
function bruteForce(epsilon: number, terms: Terms): Map<string, number> {
  const { p = 2, causal = false, segment = n, start = 0, seesKey, asks = () => true, q = queries } = terms
  const pairs = new Map<string, number>()
  for (let query = 0; query < q.length / d; query++) {
    if (!asks(query)) continue
    const position = start + query
    const weights = Array.from({ length: n }, (_, key) => {
      if (!seesKey(key) || (causal && key > position)) return 0
      if (Math.floor(key / segment) !== Math.floor(position / segment)) return 0
      let dot = 0
      for (let a = 0; a < d; a++) dot += q[query * d + a] * keys[key * d + a]
      return Math.abs(dot) ** p
    })
    const all = weights.reduce((total, weight) => total + weight, 0)
    weights.forEach((weight, key) => {
      if (all > 0 && weight / all >= epsilon) pairs.set(`${query},${key}`, weight / all)
    })
  }
  return pairs
}

function found(name: string): Map<string, number> {
  const [, ...lines] = readFileSync(work.path(name), 'utf8').trimEnd().split('\n')
  return new Map(
    lines.map((line) => {
      const [query, key, score] = line.split(',')
      return [`${query},${key}`, Number(score)]
    }),
  )
}

function requireSame(name: string, wanted: ReadonlyMap<string, number>): void {
  const got = found(name)
  expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort())
  for (const [pair, score] of wanted) expect(got.get(pair)).toBeCloseTo(score, 9)
  expect(wanted.size).toBeGreaterThan(20)
}

async function ok(...args: readonly [string, ...string[]]) {
  const summary = ofSchema(await jsonHere(work, args[0], ...args.slice(1)))
  expect(summary, args.join(' ')).not.toHaveProperty('error')
  return summary as Record<string, unknown> & { warnings: { code: string }[] }
}

const seesKey = (key: number) => kept[key] !== 0
const both = (fill: string) => ['--keys', `k-${fill}.npy`, '--queries', `q-${fill}.npy`] as const
const MASKS = ['--key-mask', 'mask.npy', '--query-mask', 'mask.npy'] as const

describe.each(someOf(Object.keys(FILLS), 1))('padding of %s', (fill) => {
  test.each<[string, readonly string[], Omit<Terms, 'seesKey'>]>([
    ['p = 2', [], {}],
    ['p = 3', ['--p', '3'], { p: 3 }],
    ['p = 1', ['--p', '1'], { p: 1 }],
    ['causal', ['--causal'], { causal: true }],
    ['causal, p = 3', ['--causal', '--p', '3'], { causal: true, p: 3 }],
    ['segments', ['--segment', '64'], { segment: 64 }],
    ['keep', ['--keep', '60'], {}],
    ['a sketch', ['--method', 'sketch'], {}],
  ])('%s: the pairs of the real rows, by the ids of the file', async (name, more, terms) => {
    const args = [...both(fill), ...MASKS, ...more] as const
    const epsilon = name === 'keep' ? [] : ['--epsilon', name === 'p = 1' ? '.02' : '.06']
    const summary = await ok('run', ...args, ...epsilon, '--out', 'h.csv', '--force')
    expect(summary).toMatchObject({
      n,
      m: n,
      undefinedRows: 0,
      keysHidden: n - sum(kept),
      queriesHidden: n - sum(kept),
    })
    const wanted = bruteForce(Number(summary.epsilon), { ...terms, seesKey, asks: seesKey })
    requireSame('h.csv', wanted)
    await ok('run', ...args, ...epsilon, '--out', 'h.npz', '--force')
    const verified = await ok('verify', ...both(fill), ...MASKS, '--heavy', 'h.npz')
    expect(verified).toMatchObject({ pairs: wanted.size, undefinedRows: 0 })
    expect(verified).not.toHaveProperty('difference')
  })

  test('rows by a range, which verify takes from the file', async () => {
    const rows = ['--key-rows', `${pad}:150`, '--query-rows', '100:190']
    const args = ['--keys', 'k.npy', '--queries', 'q.npy'] as const
    const summary = await ok(
      'run',
      ...args,
      ...rows,
      '--causal',
      '--epsilon',
      '.06',
      '--out',
      'r.npz',
      '--force',
    )
    expect(summary).toMatchObject({ keyRows: [pad, 150], queryRows: [100, 190], undefinedRows: 0 })
    await ok('run', ...args, ...rows, '--causal', '--epsilon', '.06', '--out', 'r.csv', '--force')
    const inRows = (first: number, end: number) => (row: number) => row >= first && row < end
    requireSame(
      'r.csv',
      bruteForce(0.06, { causal: true, seesKey: inRows(pad, 150), asks: inRows(100, 190) }),
    )
    expect(await ok('verify', ...args, '--heavy', 'r.npz')).not.toHaveProperty('difference')
    const csv = ['--heavy', 'r.csv', '--epsilon', '.06', '--causal'] as const
    expect(await ok('verify', ...args, ...csv, ...rows)).not.toHaveProperty('difference')
    expect(await ok('verify', ...args, ...csv)).toHaveProperty('difference')
  })
})

function sum(mask: Uint8Array): number {
  return mask.reduce((total, one) => total + one, 0)
}

describe('universal sets', () => {
  test('build and query, with the keys and without, say what took part', async () => {
    const masked = ['--key-mask', 'mask.npy', '--key-rows', '50:170'] as const
    const sees = (key: number) => kept[key] !== 0 && key >= 50 && key < 170
    await ok(
      'build',
      'k-nan.npy',
      ...masked,
      '--epsilon',
      '.06',
      '--out',
      'u.lev',
      '--out',
      'u.npz',
      '--force',
    )
    const wanted = bruteForce(0.06, { seesKey: sees })
    for (const [name, more] of [
      ['alone', []],
      ['with', ['--keys', 'k-nan.npy', '--key-mask', 'mask.npy']],
    ] as const) {
      const args = ['--universal', 'u.lev', '--queries', 'q.npy', ...more, '--force'] as const
      await ok('query', ...args, '--out', `${name}.csv`)
      requireSame(`${name}.csv`, wanted)
      await ok('query', ...args, '--out', `${name}.npz`)
      const verify = ['--keys', 'k-nan.npy', '--queries', 'q.npy', '--heavy', `${name}.npz`] as const
      expect(await ok('verify', ...verify, '--key-mask', 'mask.npy')).not.toHaveProperty('difference')
    }
  })

  test('a set is asked with its own mask', async () => {
    const args = [
      '--universal',
      'u.lev',
      '--queries',
      'q.npy',
      '--keys',
      'k-nan.npy',
      '--out',
      'never.csv',
    ] as const
    const refused = async (...more: string[]) => {
      const { exitCode, stderr } = await runHere(work, 'query', ...args, ...more)
      return [exitCode, stderr.replaceAll(/\s+/g, ' ')]
    }
    expect(await refused()).toEqual([2, expect.stringContaining('u.lev was made with a mask of the keys')])
    expect(await refused('--key-mask', 'other.npy')).toEqual([2, expect.stringContaining('hides other rows')])
    const rows = ['--key-mask', 'mask.npy', '--key-rows', '0:10'] as const
    expect(await refused(...rows)).toEqual([
      2,
      expect.stringContaining('--key-rows is 0:10, but u.lev says 50:170'),
    ])
  })

  test('p = 4, of which scores are sums over the keys that took part', async () => {
    await ok(
      'build',
      'k-junk.npy',
      '--key-mask',
      'mask.npy',
      '--p',
      '4',
      '--epsilon',
      '.06',
      '--out',
      'u4.lev',
    )
    const args = [
      '--universal',
      'u4.lev',
      '--queries',
      'q.npy',
      '--keys',
      'k-junk.npy',
      '--out',
      'p4.csv',
    ] as const
    await ok('query', ...args, '--key-mask', 'mask.npy')
    requireSame('p4.csv', bruteForce(0.06, { p: 4, seesKey }))
  })

  test('the part behind a prompt, added to the part before it', async () => {
    await ok('build', 'k.npy', '--key-rows', '0:120', '--epsilon', '.06', '--out', 'a.lev')
    await ok('build', 'k.npy', '--key-rows', '120:200', '--append', 'a.lev', '--out', 'ab.lev')
    expect(await ok('inspect', 'ab.lev')).not.toHaveProperty('error')
  })
})

describe('scores, samples and curves', () => {
  const masked = ['--key-mask', 'mask.npy'] as const
  test('are those of the rows that are left', async () => {
    const rows = Float32Array.from(
      Array.from(kept.keys())
        .filter((row) => kept[row] === 1)
        .flatMap((row) => [...keys.subarray(row * d, (row + 1) * d)]),
    )
    work.npy('left.npy', [sum(kept), d], rows)
    await ok('scores', 'left.npy', '--out', 'left-tau.npy')
    const scored = await ok('scores', 'k-nan.npy', ...masked, '--out', 'tau.npy')
    expect(scored).toMatchObject({ keysHidden: n - sum(kept), rank: d })
    const [tau, left] = ['tau.npy', 'left-tau.npy'].map(doubles)
    let next = 0
    kept.forEach((seen, row) => expect(tau[row]).toBeCloseTo(seen === 0 ? 0 : left[next++], 12))

    const curve = await ok('curve', 'k-nan.npy', ...masked)
    const ofLeft = await ok('curve', 'left.npy')
    const sizes = (summary: Record<string, unknown>) =>
      (summary.curve as { universalSize: number }[]).map(({ universalSize }) => universalSize)
    expect(sizes(curve)).toEqual(sizes(ofLeft))
    expect(await ok('sample', 'k-nan.npy', ...masked, '--rows', '30', '--out', 's.npz')).toMatchObject({
      rank: d,
    })
    for (const file of ['s.npz', 'u.npz', 'u.lev'])
      expect((await runHere(work, 'inspect', file)).exitCode).toBe(0)
  })
})

function doubles(name: string): Float64Array {
  const bytes = readFileSync(work.path(name))
  const start = 10 + bytes.readUInt16LE(8)
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length))
}

test('many shards on threads: the same bytes as in one thread, and right', async () => {
  const [rows, cols] = [12_000, 4]
  work.npy('long.npy', [rows, cols], gaussianRows(rows, cols, 7, 5).with(4096 * cols, NaN))
  work.npy('few.npy', [40, cols], gaussianRows(40, cols, 8))
  const seen = Uint8Array.from({ length: rows }, (_, row) => (row % 3 === 0 || row === 4096 ? 0 : 1))
  writeFileSync(work.path('long-mask.npy'), maskBytes([rows], seen))
  const inputs = ['--keys', 'long.npy', '--queries', 'few.npy', '--key-mask', 'long-mask.npy'] as const
  for (const more of [
    ['--key-rows', '100:9000'],
    ['--causal', '--query-start', '11000'],
  ]) {
    const args = [...inputs, ...more, '--shards', '3', '--epsilon', '.002', '--force'] as const
    await ok('run', ...args, '--workers', '0', '--out', 'w0.npz')
    await ok('run', ...args, '--workers', '2', '--out', 'w2.npz')
    expect(readFileSync(work.path('w2.npz')).equals(readFileSync(work.path('w0.npz')))).toBe(true)
    const verified = await ok('verify', ...inputs, '--heavy', 'w2.npz')
    expect(verified).not.toHaveProperty('difference')
    expect(verified.pairs).toBeGreaterThan(20)
  }
})

describe('in steps', () => {
  test.each([
    ['masks', MASKS],
    ['ranges', ['--key-rows', '37:180', '--query-rows', '60:200']],
  ] as const)('%s are part of the plan', async (name, more) => {
    const args = [...both('zero'), ...more, '--causal', '--epsilon', '.06'] as const
    await ok('run', ...args, '--out', `${name}.npz`)
    await ok('run', ...args, '--checkpoint', `c-${name}`, '--out', `${name}-c.npz`)
    const run = ['--run', `p-${name}`] as const
    await ok('plan', ...run, ...args)
    for (const level of ['0', '1'])
      await runHere(work, 'step', 'map', ...run, '--level', level, '--index', '0')
    await ok('step', 'finish', ...run)
    await ok('step', 'query', ...run, '--index', '0')
    await ok('step', 'collect', ...run)
    const bytes = readFileSync(work.path(`${name}.npz`))
    for (const path of [`${name}-c.npz`, `c-${name}/result/heavy.npz`, `p-${name}/result/heavy.npz`])
      expect(readFileSync(work.path(path)).equals(bytes), path).toBe(true)
    const other = await runHere(
      work,
      'run',
      ...both('zero'),
      '--causal',
      '--epsilon',
      '.06',
      '--checkpoint',
      `c-${name}`,
    )
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining('holds another run')])
  })

  test('a mask that says something else than it did is refused', async () => {
    writeFileSync(work.path('later.npy'), maskBytes([n], kept))
    for (const job of ['run', 'scores'] as const) {
      writeFileSync(work.path('later.npy'), maskBytes([n], kept))
      await ok('plan', '--run', `m-${job}`, '--job', job, '--keys', 'k-nan.npy', '--key-mask', 'later.npy')
      const step = ['step', 'map', '--run', `m-${job}`, '--level', '0', '--index', '0'] as const
      expect((await runHere(work, ...step)).exitCode).toBe(0)
      writeFileSync(work.path('later.npy'), maskBytes([n], kept.with(150, 1 - kept[150])))
      const { exitCode, stderr } = await runHere(work, 'step', 'finish', '--run', `m-${job}`)
      expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([
        75,
        expect.stringContaining('hides other rows than'),
      ])
    }
  })
})

describe('heads', () => {
  test('a mask of each batch, in any layout', async () => {
    const [batches, heads] = [2, 2]
    const k = gaussianRows(batches * n * heads, d, 5)
    work.npy(
      'bshd.npy',
      [batches, n, heads, d],
      k.map((value, at) => (Math.floor(at / (heads * d)) % n < pad ? NaN : value)),
    )
    const seen = Uint8Array.from({ length: batches * n }, (_, at) =>
      at % n < pad + 20 * Math.floor(at / n) ? 0 : 1,
    )
    writeFileSync(work.path('bn.npy'), maskBytes([batches, n], seen))
    const args = ['--keys', 'bshd.npy', '--heads', 'all', '--layout', 'bshd', '--key-mask', 'bn.npy'] as const
    await ok('run', ...args, '--epsilon', '.06', '--out', 'heads')
    for (let head = 0; head < batches * heads; head++) {
      const [batch, h] = [Math.floor(head / heads), head % heads]
      writeFileSync(work.path('one.npy'), maskBytes([n], seen.slice(batch * n, (batch + 1) * n)))
      const key = `bshd.npy#[${batch},:,${h}]`
      await ok(
        'run',
        '--keys',
        key,
        '--key-mask',
        'one.npy',
        '--epsilon',
        '.06',
        '--out',
        'one.csv',
        '--force',
      )
      const verified = await ok(
        'verify',
        '--keys',
        key,
        '--key-mask',
        'one.npy',
        '--heavy',
        `heads/head-000${head}.npz`,
      )
      expect(verified).toMatchObject({ pairs: found('one.csv').size })
      expect(verified).not.toHaveProperty('difference')
    }
    expect(await ok('curve', ...args.slice(1))).toMatchObject({
      keysHidden: batches * heads === 4 ? 2 * pad + 20 : 0,
    })
  })
})

describe('refused by name', () => {
  test.each([
    [['run', '--keys', 'k.npy', '--key-rows', '0:201'], '--key-rows is 0:201, and there are 200 keys'],
    [['run', '--keys', 'k.npy#[37:200]'], 'a range of rows is taken by --key-rows'],
    [
      ['run', '--keys', 'k.npy', '--mask', 'mask.npy'],
      'told by --key-rows A:B and --query-rows A:B, or by --key-mask',
    ],
    [['scores', 'k.npy', '--rows', '37:200', '--out', 't.npy'], 'told by --key-rows'],
    [['curve', 'k.npy', '--skip-nan'], '--key-mask and --query-mask leave rows out'],
    [['merge', 'a.lev', '--key-rows', '0:9'], 'is an option of the commands that read keys'],
    [['run', '--keys', 'k.npy', '--query-rows', '0:20'], '--query-rows is about queries'],
    [
      ['run', '--keys', '-', '--queries', 'q.npy', '--key-mask', 'mask.npy'],
      '--key-mask is about rows of files',
    ],
    [['build', '-', '--key-rows', '0:10', '--out', 'n.lev'], '--key-rows is about rows of files'],
    [['query', '--universal', 'u.lev', '--queries', 'q.npy', '--key-rows', '0:9'], 'name them with --keys'],
    [
      ['plan', '--run', 'never', '--job', 'build', '--keys', 'k.npy', '--query-rows', '0:9'],
      '--query-rows is not for --job build',
    ],
  ] as const)('%j', async (args, text) => {
    const { exitCode, stderr } = await runHere(work, args[0], ...args.slice(1))
    expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([2, expect.stringContaining(text)])
  })

  test('one mask of two that are the same rows is warned of', async () => {
    const { warnings } = await ok('run', ...both('zero'), '--key-mask', 'mask.npy')
    expect(warnings.map(({ code }) => code)).toContain('one-mask')
  })
})
