// Catches: an output that depends on how many workers ran, on the order in which they answered, or on the kernels.
// Cannot catch: a difference between machines, or bytes that are the same and wrong (run.test.ts, the golden sets).
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'
import { gaussianRows, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'
import { someOf, tiered } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => {
  work.npy('K.npy', [9000, 9], gaussianRows(9000, 9, 1, 30))
  // Two batches of them.
  work.npy('Q.npy', [1100, 9], gaussianRows(1100, 9, 2))
  writeFileSync(work.path('long.bin'), gaussianRows(530_000, 4, 3, 300))
  work.npy('dependent.npy', [9000, 5], dependentRows(9000))
  work.npy('few.npy', [50, 4], gaussianRows(50, 4, 9))
  work.npy('few9.npy', [60, 9], gaussianRows(60, 9, 8))
  work.npy('null.npy', [2, 5], Float64Array.of(1, -1, 0, 0, 0, 1, -1, 1e-9, 0, 0))
})

/** Float64 rows whose second column is nearly the first: the keys are read again, and some queries decided exactly. */
function dependentRows(rows: number): Float64Array {
  const random = new Random(7)
  const data = Float64Array.from({ length: rows * 5 }, () => random.normal())
  for (let j = 0; j < rows; j++) data[j * 5 + 1] = data[j * 5] * (1 + 2 ** -50 * (random.below(3) - 1))
  return data
}

const FEW = [
  ['--workers', '0', '--kernels', 'scalar'],
  ['--workers', '0'],
  ['--workers', '2', '--kernels', 'wasm'],
]
const MORE = [
  // Native ones where they are built.
  ['--workers', '1'],
  ['--workers', '5', '--kernels', 'scalar'],
  ['--workers', '5'],
]
const ALL = [...FEW, ...MORE]
const MANY = tiered(FEW, ALL)

/** Digests of the files that `commandLine` writes under `settings`. */
async function digests(commandLine: string, settings: readonly string[]): Promise<string[]> {
  const [name, ...args] = commandLine.split(' ')
  expect(await runHere(work, name, ...args, ...settings, '--quiet')).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: '',
  })
  return args
    .filter((arg) => /^[hu]\./.test(arg))
    .map((file) => {
      const bytes = readFileSync(work.path(file))
      rmSync(work.path(file))
      return `${file} ${createHash('sha256').update(bytes).digest('hex')}`
    })
}

describe('the bytes are those of one thread and wasm kernels', () => {
  const raw = '--dtype f32 --cols 4'
  test.each(
    someOf(
      [
        ['several shards', 'run --keys K.npy --queries Q.npy --out h.npz --universal u.lev', ALL],
        [
          'keys chosen in the first pass',
          `run --keys long.bin ${raw} --queries few.npy --out h.npz --universal u.lev`,
          MANY,
        ],
        [
          'nearly dependent keys',
          'run --keys dependent.npy --queries null.npy --out h.csv --universal u.lev',
          FEW,
        ],
        [
          'weighted keys, exact scores',
          'run --keys K.npy --queries Q.npy --p 3 --out h.npz --universal u.lev',
          MANY,
        ],
        [
          'weighted keys, p < 1',
          'run --keys K.npy --queries few9.npy --p 0.5 --out h.csv --universal u.lev',
          FEW,
        ],
        [
          'tightened bounds',
          'run --keys K.npy --queries few9.npy --p 3 --epsilon 0.1 --tighten --out h.npz --universal u.lev',
          FEW,
        ],
        ['fourth moments', 'run --keys K.npy --queries Q.npy --p 4 --out h.npz', MANY],
        ['intervals', 'run --keys K.npy --queries few9.npy --p 4 --scores interval --out h.npz', FEW],
        [
          'dependent weighted keys',
          'run --keys dependent.npy --queries null.npy --p 1 --out h.csv --universal u.lev',
          FEW,
        ],
        [
          'sketched keys',
          'run --keys K.npy --queries few9.npy --method sketch --out h.npz --universal u.lev',
          MANY,
        ],
        ['the largest bounds', 'build K.npy --keep 100 --out u.npz --out u.lev', FEW],
      ],
      6,
    ),
  )('%s', async (_, commandLine, settings) => {
    const expected = await digests(commandLine, ['--workers', '0', '--kernels', 'wasm'])
    for (const setting of settings) expect(await digests(commandLine, setting)).toEqual(expected)
  })
})

test('heads: every file of the folder', async () => {
  work.npy('heads.npy', [3, 500, 4], gaussianRows(1500, 4, 5))
  const folder = async (out: string, settings: readonly string[]) => {
    await runHere(work, 'run', '--keys', 'heads.npy', '--heads', 'all', '--out', out, ...settings, '--quiet')
    return ['heads.csv', 'head-0000.npz', 'head-0002.npz'].map((name) =>
      readFileSync(work.path(`${out}/${name}`)),
    )
  }
  const expected = await folder('w0', ['--workers', '0'])
  expect(await folder('w2', ['--workers', '2', '--kernels', 'scalar'])).toEqual(expected)
})
