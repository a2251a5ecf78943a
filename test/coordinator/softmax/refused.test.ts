// Catches: a wrong input of `run --attention softmax` that is taken, or refused without saying what was found and what to do; a file
// that is left behind; a NaN that nobody looks at and that is refused. Cannot catch: wrong inputs of every run.
import { writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere } from '../cli/in-process.ts'

const work = new Workspace()
const [N, D] = [60, 4]
afterAll(() => work.remove())
beforeAll(() => {
  const keys = gaussianRows(N, D, 1)
  work.npy('K.npy', [N, D], keys)
  work.npy('Q.npy', [N, D], gaussianRows(N, D, 2))
  work.npy('late.npy', [10, D], keys.subarray(0, 10 * D))
  work.npy('wide.npy', [N, D + 1], gaussianRows(N, D + 1, 3))
  work.npy('nan.npy', [N, D], keys.slice().fill(NaN, 7 * D + 2, 7 * D + 3))
  work.npy(
    'float.npy',
    [N],
    Float32Array.from({ length: N }, (_, row) => (row % 3 === 0 ? -Infinity : 0)),
  )
  writeMask('short.npy', N - 10)
  writeMask('full.npy', N)
})

/** Row 7 is hidden. */
function writeMask(name: string, rows: number): void {
  const seen = Uint8Array.from({ length: rows }, (_, row) => (row === 7 ? 0 : 1))
  writeFileSync(work.path(name), Buffer.concat([npyHeader('|b1', [rows]), seen]))
}

const BOTH = ['--keys', 'K.npy', '--queries', 'Q.npy']
async function told(...args: string[]): Promise<Record<string, unknown>> {
  return await jsonHere(work, 'run', '--attention', 'softmax', '--out', 'out.npz', '--workers', '0', ...args)
}

async function expectRefused(args: readonly string[], exitCode: number, message: string): Promise<void> {
  const before = work.names()
  const found = await told(...args)
  expect(found).toMatchObject({
    command: 'run',
    exitCode,
    error: { message: expect.stringContaining(message) as string },
  })
  expect(work.names()).toEqual(before)
}

describe('options', () => {
  test.each<[string, string]>([
    [
      '--keys K.npy --queries late.npy --causal',
      '`--query-start 0` (as PyTorch takes it) or `--query-start 50`',
    ],
    ['--keys late.npy --queries K.npy --causal', '60 queries and 10 keys: only where both are as many'],
    ['--scale 0', '--scale is 0; it must be above 0'],
    ['--scale -1', '--scale is -1; it must be above 0'],
    [
      '--sliding-window 5',
      '--sliding-window is of queries that see the keys up to their own: add `--causal`',
    ],
    [
      '--causal --segment 5 --sliding-window 5',
      '--sliding-window and --segment both say where a query stops',
    ],
    ['--causal --sliding-window 0', '--sliding-window is 0; it must be a whole number of at least 1'],
    ['--key-rows 5:61', '--key-rows is 5:61, and there are 60 keys'],
    ['--query-rows 5:61', '--query-rows is 5:61, and there are 60 queries'],
    ['--key-rows 5:5', "--key-rows is '5:5'"],
    [
      '--query-start 3',
      '--query-start says where queries stand among the keys, and every query sees all keys',
    ],
    ['--causal --query-start 3', 'puts the last of 60 queries at row 62, and there are 60 keys'],
    ['--top 0', '--top is 0; it must be a whole number of at least 1'],
    ['--epsilon 0', '--epsilon is 0; it must be above 0'],
    ['--precision f16', "--precision is 'f16'; it is one of f32, f64"],
    ['--keys - --queries Q.npy', '- can be read only once; name files'],
    ['--keys K.npy --queries -', '- can be read only once; name files'],
    ['--keys K.npy', 'no queries: softmax attention is of queries and keys, which differ'],
    ['--p 2', '--p with --attention softmax: it is the exponent of |q.k|^P'],
    ['--keep 3', '--keep with --attention softmax: it is about the keys of a universal set'],
    ['--universal u.lev', '--universal with --attention softmax: softmax has no universal set'],
    ['--method exact', '--method with --attention softmax'],
    ['--method sketch', '--method with --attention softmax'],
    ['--delta .1', '--delta with --attention softmax'],
    ['--seed 3', '--seed with --attention softmax: nothing is drawn'],
    ['--sign both', '--sign with --attention softmax'],
    ['--scores exact', '--scores with --attention softmax'],
    ['--passes 2', '--passes with --attention softmax'],
    ['--tighten', '--tighten with --attention softmax'],
  ])('%s', async (line, message) => {
    const args = line.split(' ')
    await expectRefused(args.includes('--keys') ? args : [...BOTH, ...args], 2, message)
  })
})

describe('inputs', () => {
  test.each<[string, string]>([
    ['--keys nan.npy --queries Q.npy', 'nan.npy: row 7, column 2 is NaN (keys)'],
    ['--keys K.npy --queries nan.npy', 'nan.npy: row 7, column 2 is NaN (queries)'],
    // A range of queries that does not see the key reads it all the same: which batch it is in must not decide.
    ['--keys nan.npy --queries Q.npy --causal --query-rows 0:5', 'nan.npy: row 7, column 2 is NaN (keys)'],
    ['--keys nan.npy --queries Q.npy --query-mask full.npy', 'nan.npy: row 7, column 2 is NaN (keys)'],
    ['--keys wide.npy --queries Q.npy', 'both need the same d'],
    ['--keys K.npy --queries Q.npy --key-mask short.npy', 'a mask of 50 entries, and the keys have 60 rows'],
    [
      '--keys K.npy --queries Q.npy --query-mask short.npy',
      'a mask of 50 entries, and the queries have 60 rows',
    ],
    ['--keys K.npy --queries Q.npy --key-mask float.npy', 'a mask is bool, or whole numbers 0 and 1'],
  ])('%s', async (line, message) => {
    await expectRefused(line.split(' '), 65, message)
  })

  test.each([
    '--keys nan.npy --queries Q.npy --key-mask full.npy',
    '--keys K.npy --queries nan.npy --query-mask full.npy',
    '--keys nan.npy --queries Q.npy --key-rows 8:60',
    '--keys K.npy --queries nan.npy --query-rows 0:5',
    '--keys K.npy --queries nan.npy --query-rows 0:5 --query-batches 9',
    '--keys nan.npy --queries nan.npy --key-mask full.npy --query-mask full.npy --precision f64',
  ])('NaN where nobody looks is nobody’s: %s', async (line) => {
    const clean = line.replaceAll('nan.npy', 'K.npy').split(' ')
    const same = await told(...clean, '--force')
    expect(same).not.toHaveProperty('error')
    const found = await told(...line.split(' '), '--force')
    const { pairs, scoreSlack, heavyMassMean } = same
    expect(found).toMatchObject({ pairs, scoreSlack, heavyMassMean })
    work.removeFile('out.npz')
  })
})
