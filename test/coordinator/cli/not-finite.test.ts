// Values that are no finite numbers, in every command that reads values. Catches: an error that leaves out member, head, row
// of the file or of the whole, column, value, input or the number of such values; one that depends on workers, kernels or
// shards; anything left behind. Cannot catch: what one message says in words beyond these.
import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { writeArchive } from '../../core/files/zip-archive.ts'
import { ofSchema } from '../steps/support.ts'
import { gaussianRows, Workspace } from './bin.ts'
import { npyBytes } from '../../support/npy.mjs'
import { runHere } from './in-process.ts'
import { someOf, tiered } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [n, d] = [300, 4]
/** [2, 3, n, d]: every other head is bad. */
const stack = new Float32Array(6 * n * d)

/** A safetensors of one float32 tensor. */
function safetensors(name: string, shape: readonly number[], data: Float32Array): Buffer {
  const header = JSON.stringify({ [name]: { dtype: 'F32', shape, data_offsets: [0, data.byteLength] } })
  const length = Buffer.alloc(8)
  length.writeUInt32LE(header.length)
  return Buffer.concat([length, Buffer.from(header), Buffer.from(data.buffer)])
}

let standing: string[] = []
beforeAll(async () => {
  const good = gaussianRows(n, d, 1)
  const bad = good
    .with(17 * d + 3, NaN)
    .with(17 * d, Infinity)
    .with(250 * d + 3, -Infinity)
  for (let head = 0; head < 6; head++) stack.set(head % 2 === 0 ? good : bad, head * n * d)
  work.npy('good.npy', [n, d], good)
  work.npy('bad.npy', [n, d], bad)
  work.npy('wide.npy', [n, d], Float64Array.from(bad))
  work.npy('heads.npy', [6, n, d], stack)
  work.npy('goodheads.npy', [6, n, d], new Float32Array(6 * n * d).fill(1))
  writeFileSync(work.path('a.safetensors'), safetensors('layer.3.k', [2, 3, n, d], stack))
  writeFileSync(work.path('bad.bin'), Buffer.concat([Buffer.alloc(7), Buffer.from(bad.buffer)]))
  await runHere(work, 'run', '--keys', 'good.npy', '--out', 'h.npz', '--universal', 'u.lev')
  await runHere(work, 'run', '--keys', 'good.npy', '--causal', '--out', 'hc.npz', '--universal', 'uc.lev')
  standing = work.names()
})

afterEach(() => {
  for (const name of work.names())
    if (!standing.includes(name)) rmSync(work.path(name), { recursive: true, force: true })
})

/** Of the three values in `bad`: what every error about it says. */
const VALUES = { value: 'Infinity', row: 17, column: 0, count: 3, rowCount: 2, columns: [0, 3] }
const COUNTS = '3 values are NaN or infinite, in 2 rows, columns 0 and 3'

async function refused(...args: [string, ...string[]]) {
  const ran = await runHere(work, ...args, '--json')
  expect(ran.exitCode, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`).toBe(65)
  // A run folder stays, to be gone on with.
  expect(work.names().filter((name) => name !== 'kept')).toEqual(standing)
  const failure = ofSchema(JSON.parse(ran.stdout)) as { error: Record<string, unknown> & { message: string } }
  return failure.error
}

type CommandLine = [string, ...string[]]
const keyCommands: readonly [string, (...given: string[]) => CommandLine][] = [
  ['run', (...k) => ['run', ...k, '--out', 'new.npz', '--universal', 'new.lev']],
  ['run with queries', (...k) => ['run', ...k, '--queries', 'good.npy', '--query-start', '0', '--causal']],
  ['run --segment', (...k) => ['run', ...k, '--segment', '64', '--out', 'new.ndjson']],
  ['run --keep', (...k) => ['run', ...k, '--keep', '7']],
  ['run --causal', (...k) => ['run', ...k, '--causal', '--out', 'new.csv']],
  ['run --causal, p = 3', (...k) => ['run', ...k, '--causal', '--p', '3']],
  ['run, p = 1', (...k) => ['run', ...k, '--p', '1', '--out', 'new.npz']],
  ['run, p = 4', (...k) => ['run', ...k, '--p', '4', '--tighten']],
  ['run, one pass', (...k) => ['run', ...k, '--p', '3', '--passes', '1']],
  ['run, sketch', (...k) => ['run', ...k, '--method', 'sketch', '--delta', '.1']],
  ['run --checkpoint', (...k) => ['run', ...k, '--checkpoint', 'kept']],
  ['build', (...k) => ['build', ...k, '--out', 'new.lev', '--out', 'new.npz']],
  ['build --append', (...k) => ['build', ...k, '--append', 'u.lev', '--out', 'new.lev']],
  ['build --row-offset', (...k) => ['build', ...k, '--row-offset', '900', '--out', 'new.lev']],
  ['scores', (...k) => ['scores', ...k, '--out', 'new.npy']],
  ['sample', (...k) => ['sample', ...k, '--rows', '9', '--out', 'new.npz']],
  ['curve', (...k) => ['curve', ...k]],
  ['verify', (...k) => ['verify', ...k, '--queries', 'good.npy', '--heavy', 'h.npz']],
  ['verify, self', (...k) => ['verify', ...k, '--heavy', 'h.npz']],
  ['query', (...k) => ['query', ...k, '--universal', 'u.lev', '--queries', 'good.npy', '--out', 'new.npz']],
]

describe.each(someOf(keyCommands, 3))('keys of %s', (_, commandLine) => {
  test('are named with the number of such values', async () => {
    const error = await refused(...commandLine('--keys', 'bad.npy'))
    expect(error).toMatchObject({ tag: 'Content', file: 'bad.npy', input: 'keys', ...VALUES })
    expect(error.message).toContain(`bad.npy: row 17, column 0 is Infinity (keys); ${COUNTS}`)
    expect(error).not.toHaveProperty('rowId')
  })
})

const queryCommands: readonly [string, (...given: string[]) => CommandLine][] = [
  ['run', (...q) => ['run', '--keys', 'good.npy', ...q, '--out', 'new.npz', '--universal', 'new.lev']],
  ['run --segment', (...q) => ['run', '--keys', 'good.npy', ...q, '--segment', '64']],
  ['run --causal', (...q) => ['run', '--keys', 'good.npy', ...q, '--causal', '--out', 'new.npz']],
  ['run --causal, p = 3', (...q) => ['run', '--keys', 'good.npy', ...q, '--causal', '--p', '3']],
  ['run, p = 1', (...q) => ['run', '--keys', 'good.npy', ...q, '--p', '1']],
  ['run, sketch', (...q) => ['run', '--keys', 'good.npy', ...q, '--method', 'sketch', '--delta', '.1']],
  ['run --checkpoint', (...q) => ['run', '--keys', 'good.npy', ...q, '--checkpoint', 'kept']],
  ['query', (...q) => ['query', '--universal', 'u.lev', ...q, '--out', 'new.npz']],
  ['query, causal', (...q) => ['query', '--universal', 'uc.lev', '--keys', 'good.npy', ...q]],
  ['verify', (...q) => ['verify', '--keys', 'good.npy', ...q, '--heavy', 'h.npz']],
  ['verify --causal', (...q) => ['verify', '--keys', 'good.npy', ...q, '--heavy', 'hc.npz']],
]

describe.each(someOf(queryCommands, 2))('queries of %s', (_, commandLine) => {
  test('are named with the number of such values', async () => {
    const error = await refused(...commandLine('--queries', 'bad.npy'))
    expect(error).toMatchObject({ file: 'bad.npy', input: 'queries', ...VALUES })
    expect(error.message).toContain(`bad.npy: row 17, column 0 is Infinity (queries); ${COUNTS}`)
  })
})

describe('inputs', () => {
  test.each<[string, readonly string[], object, string]>([
    ['float64', ['wide.npy'], { file: 'wide.npy' }, 'wide.npy'],
    ['a head', ['heads.npy#[3]'], { file: 'heads.npy', head: [3] }, 'heads.npy#[3]'],
    [
      'a tensor',
      ['a.safetensors#layer.3.k[1,2]'],
      { file: 'a.safetensors', array: 'layer.3.k', head: [1, 2] },
      'a.safetensors#layer.3.k[1,2]',
    ],
    [
      'raw bytes',
      ['bad.bin', '--dtype', 'f32', '--cols', '4', '--offset', '7'],
      { file: 'bad.bin' },
      'bad.bin',
    ],
  ])('%s', async (_, given, place, address) => {
    const error = await refused('run', '--keys', ...given, '--out', 'new.npz')
    expect(error).toMatchObject({ ...place, input: 'keys', ...VALUES })
    expect(error.message).toContain(`${address}: row 17, column 0 is Infinity (keys); ${COUNTS}`)
    // What the message calls the input can be typed.
    expect((await refused('curve', address, ...given.slice(1))).message).toBe(error.message)
  })

  test('a member of an archive, stored or compressed', async () => {
    const bytes = npyBytes([2, 3, n, d], stack)
    const archive = writeArchive(
      ['q', 'keys'].map((name, i) => ({ name: `${name}.npy`, data: bytes, method: 8 * i })),
    )
    for (const name of ['q', 'keys']) {
      const error = await refused('scores', `${archive}#${name}[0,1]`, '--out', 'new.npy')
      expect(error).toMatchObject({ file: archive, array: name, head: [0, 1], ...VALUES })
      expect(error.message).toContain(`${archive}#${name}[0,1]: row 17`)
    }
  })

  test('several files: the row of the file and of the whole, the count of the whole', async () => {
    const names = ['good.npy', 'bad.npy', 'bad.npy'].flatMap((name) => ['--keys', name])
    for (const more of [[], ['--segment', '64'], ['--causal']]) {
      const error = await refused('run', ...names, '--concat', ...more, '--out', 'new.npz')
      expect(error).toMatchObject({ file: 'bad.npy', ...VALUES, rowId: n + 17, count: 6, rowCount: 4 })
      expect(error.message).toContain(
        'bad.npy: row 17, column 0 is Infinity (keys, row 317 of all files); 6 values',
      )
    }
  })

  test('--heads: the first bad head, and which others are', async () => {
    for (const workers of ['0', '2']) {
      const args = [
        '--keys',
        'heads.npy',
        '--queries',
        'goodheads.npy',
        '--out',
        'never',
        '--workers',
        workers,
      ]
      const error = await refused('run', '--heads', 'all', ...args)
      expect(error).toMatchObject({ file: 'heads.npy', head: [1], heads: [[1], [3], [5]], ...VALUES })
      expect(error.message).toContain(
        `heads.npy#[1]: row 17, column 0 is Infinity (keys); ${COUNTS} of this head`,
      )
      expect(error.message).toContain(
        '3 of 6 heads have such values: [1], [3] (row 17, column 0: Infinity) and [5] (row 17',
      )
      const some = await refused('run', '--heads', '0,3,5', ...args)
      expect(some).toMatchObject({ head: [3], heads: [[3], [5]] })
    }
  })

  test('--heads with one index given, and bad queries that share good keys', async () => {
    const names = ['--keys', 'good.npy', '--queries', 'a.safetensors#layer.3.k[1]']
    const error = await refused('run', '--heads', 'all', ...names, '--out', 'never')
    expect(error).toMatchObject({
      input: 'queries',
      head: [1, 0],
      heads: [
        [1, 0],
        [1, 2],
      ],
      ...VALUES,
    })
  })
})

test('the same error for any workers, kernels and shards', async () => {
  const rows = 20_000
  const data = gaussianRows(rows, d, 2)
  // Last in the first block and everywhere after: whoever is first does not meet the first one.
  for (let row = 4095; row < rows; row += 100) data[row * d + 1] = NaN
  work.npy('long.npy', [rows, d], data)
  standing = work.names()
  const messages = new Set<string>()
  for (const cut of [[], ['--shard-rows', '4096'], ['--shards', '3']])
    for (const workers of tiered(['0', '2'], ['0', '1', '2', '5']))
      for (const kernels of workers === '0' ? ['wasm', 'scalar'] : ['wasm'])
        for (const file of ['long.npy'])
          messages.add(
            (
              await refused(
                'build',
                file,
                '--out',
                'new.lev',
                '--workers',
                workers,
                '--kernels',
                kernels,
                ...cut,
              )
            ).message,
          )
  messages.add((await refused('run', '--keys', 'long.npy', '--p', '3', '--workers', '2')).message)
  messages.add((await refused('run', '--keys', 'long.npy', '--segment', '5000', '--workers', '2')).message)
  expect([...messages]).toEqual([
    expect.stringContaining('long.npy: row 4095, column 1 is NaN (keys); 160 values'),
  ])
})

test('in a step of many the rows of its own shard are named, and nothing else is read', async () => {
  const plan = ['plan', '--run', 'steps', '--keys', 'long.npy', '--shard-rows', '4096', '--quiet'] as const
  expect((await runHere(work, ...plan)).exitCode).toBe(0)
  standing = work.names()
  const step = ['step', 'map', '--run', 'steps', '--level', '0', '--index', '2'] as const
  const error = await refused(...step)
  expect(error).toMatchObject({ row: 8195, column: 1, value: 'NaN', input: 'keys' })
  expect(error).not.toHaveProperty('count')
})

test('d that differs names member and head', async () => {
  const five = npyBytes([2, n, 5], gaussianRows(2 * n, 5, 3))
  const path = writeArchive([{ name: 'q.npy', data: five }])
  const error = await refused('run', '--keys', 'heads.npy#[0]', '--queries', `${path}#q[1]`)
  expect(error).toMatchObject({ file: path, array: 'q', head: [1], input: 'queries' })
  expect(error.message).toContain(`${path}#q[1] (queries) has 5 columns and heads.npy#[0] (keys) 4`)
  const files = ['--keys', 'heads.npy#[0]', '--keys', `${path}#q[1]`, '--concat']
  expect((await refused('curve', ...files)).message).toContain(
    `${path}#q[1]: 5 columns, but heads.npy#[0] has 4`,
  )
  const heads = await refused(
    'run',
    '--heads',
    'all',
    '--keys',
    'heads.npy',
    '--queries',
    `${path}#q`,
    '--out',
    'never',
  )
  expect(heads.message).toContain(
    `${path}#q of shape (2, 300, 5) (queries), heads.npy of shape (6, 300, 4) (keys)`,
  )
})
