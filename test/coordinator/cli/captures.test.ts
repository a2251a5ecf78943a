// Heads as programs capture them: [batch, heads, rows, d], [batch, rows, heads, d], [batch * heads, rows, d], [rows, heads, d]; keys of
// groups, repeated or not, and of one batch for all. Catches: a head that is answered by other keys or queries than its own, a layout that
// goes by unseen. Oracle: the definition, head by head, from arrays that the test indexes itself. Cannot catch: heads whose numbers agree.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bruteForceMasked } from '../../support/masked.ts'
import { readNpz } from '../../support/npy.mjs'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'
import { someOf } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [batches, heads, keyHeads, n, d] = [2, 8, 2, 96, 16]
const EPSILON = 0.05

const queries = gaussianRows(batches * heads * n, d, 10)
const keys = gaussianRows(batches * keyHeads * n, d, 11)
for (let head = 0; head < batches * keyHeads; head++) for (let a = 0; a < d; a++) keys[head * n * d + a] *= 30

/** Row-major [B, H, n, d] with its axes in another order; `axes[i]`: which axis stands at place i. */
function moved(values: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const strides = shape.map((_, at) => shape.slice(at + 1).reduce((product, extent) => product * extent, 1))
  const [a, b, c, e] = axes
  const result = new Float32Array(values.length)
  let at = 0
  for (let i = 0; i < shape[a]; i++)
    for (let j = 0; j < shape[b]; j++)
      for (let k = 0; k < shape[c]; k++)
        for (let l = 0; l < shape[e]; l++)
          result[at++] = values[i * strides[a] + j * strides[b] + k * strides[c] + l * strides[e]]
  return result
}

const [QUERY_SHAPE, KEY_SHAPE] = [
  [batches, heads, n, d],
  [batches, keyHeads, n, d],
]
const BNHD = [0, 2, 1, 3]
const size = n * d
const headOf = (values: Float32Array, head: number) => values.slice(head * size, (head + 1) * size)

beforeAll(() => {
  const repeated = new Float32Array(queries.length)
  for (let head = 0; head < batches * heads; head++)
    repeated.set(headOf(keys, Math.floor((head * keyHeads) / heads)), head * size)
  work.npy('q-bhnd.npy', QUERY_SHAPE, queries)
  work.npy('k-bhnd.npy', KEY_SHAPE, keys)
  work.npy('k-rep.npy', QUERY_SHAPE, repeated)
  work.npy('q-flat.npy', [batches * heads, n, d], queries)
  work.npy('k-flat.npy', [batches * keyHeads, n, d], keys)
  work.npy('q-bnhd.npy', [batches, n, heads, d], moved(queries, QUERY_SHAPE, BNHD))
  work.npy('k-bnhd.npy', [batches, n, keyHeads, d], moved(keys, KEY_SHAPE, BNHD))
  const [oneQ, oneK] = [queries.slice(0, heads * size), keys.slice(0, keyHeads * size)]
  work.npy('q-nhd.npy', [n, heads, d], moved(oneQ, [1, heads, n, d], BNHD))
  work.npy('k-nhd.npy', [n, keyHeads, d], moved(oneK, [1, keyHeads, n, d], BNHD))
  work.npy('k-one.npy', [1, keyHeads, n, d], oneK)
  work.npy('k-shared.npy', [keyHeads, n, d], oneK)
  work.npy('k-mqa.npy', [batches, 1, n, d], Float32Array.from([...headOf(keys, 0), ...headOf(keys, 2)]))
})

/** The pairs of a head's file are those of the definition. */
function requireHead(path: string, keyHead: number, head: number): number {
  const matrix = (values: Float32Array, at: number) => ({
    rows: n,
    cols: d,
    data: Float64Array.from(headOf(values, at)),
  })
  const { pairs } = bruteForceMasked(matrix(queries, head), matrix(keys, keyHead), EPSILON, { causal: true })
  const { data, indices, indptr } = readNpz(path)
  const found = pairs.map(({ query, key, score }, at) => [query, key, Math.abs(data.data[at] - score) < 1e-9])
  const wanted = Array.from({ length: n }, (_, query) =>
    Array.from(indices.data.slice(indptr.data[query], indptr.data[query + 1]), (key) => [query, key, true]),
  ).flat()
  expect(wanted).toEqual(found)
  return pairs.length
}

test.each<[string, string, string, readonly string[], number, (head: number) => number]>(
  someOf(
    [
      ['as they are', 'q-bhnd', 'k-bhnd', [], 16, (head) => Math.floor(head / 4)],
      ['keys repeated', 'q-bhnd', 'k-rep', [], 16, (head) => Math.floor(head / 4)],
      ['flat', 'q-flat', 'k-flat', [], 16, (head) => Math.floor(head / 4)],
      ['rows before heads', 'q-bnhd', 'k-bnhd', ['--layout', 'bshd'], 16, (head) => Math.floor(head / 4)],
      [
        'rows before heads, one batch',
        'q-nhd',
        'k-nhd',
        ['--layout', 'shd'],
        8,
        (head) => Math.floor(head / 4),
      ],
      ['keys of one batch', 'q-bhnd', 'k-one', [], 16, (head) => Math.floor((head % 8) / 4)],
      ['keys without a batch', 'q-bhnd', 'k-shared', [], 16, (head) => Math.floor((head % 8) / 4)],
      ['one head of keys a batch', 'q-bhnd', 'k-mqa', [], 16, (head) => 2 * Math.floor(head / 8)],
    ],
    4,
  ),
)('%s: every head by its own keys', async (_, q, k, more, count, keyHeadOf) => {
  const args = ['--keys', `${k}.npy`, '--queries', `${q}.npy`, '--heads', 'all', ...more, '--causal'] as const
  const { exitCode, stderr } = await runHere(
    work,
    'run',
    ...args,
    '--epsilon',
    `${EPSILON}`,
    '--out',
    k,
    '--force',
  )
  expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('outnumber')])
  expect(work.list(k)).toHaveLength(count + 1)
  let total = 0
  for (let head = 0; head < count; head++)
    total += requireHead(work.path(`${k}/head-${String(head).padStart(4, '0')}.npz`), keyHeadOf(head), head)
  expect(total).toBeGreaterThan(20 * count)
})

describe('a layout that is read otherwise than it was meant', () => {
  test.each([
    ['q-bnhd', 'k-bnhd', '--layout bshd'],
    ['q-nhd', 'k-nhd', '--layout nhd'],
  ])('%s: heads that outnumber rows are warned of', async (q, k, wanted) => {
    const args = ['--keys', `${k}.npy`, '--queries', `${k}.npy`, '--heads', 'all'] as const
    const { warnings } = (await jsonHere(work, 'run', ...args)) as {
      warnings: { code: string; message: string }[]
    }
    const [{ message }] = warnings.filter(({ code }) => code === 'layout')
    expect(message).toMatch(/96 heads of 2 rows/)
    expect(message).toContain(wanted)
    expect(q).not.toBe(k)
  })

  test('commands of one head say how it is named', async () => {
    for (const [command, option] of [
      ['verify', '--layout'],
      ['query', '--skip-bad-heads'],
    ] as const) {
      const { exitCode, stderr } = await runHere(work, command, option, 'bshd')
      expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([
        2,
        expect.stringContaining('K.npy#[0,:,3]'),
      ])
    }
    const head = ['--keys', 'k-bnhd.npy#[1,:,1]', '--queries', 'q-bnhd.npy#[1,:,7]', '--causal'] as const
    const run = await jsonHere(work, 'run', ...head, '--epsilon', `${EPSILON}`, '--out', 'one.npz')
    expect(run).not.toHaveProperty('error')
    expect(readFileSync(work.path('one.npz')).length).toBeGreaterThan(0)
    requireHead(work.path('one.npz'), 3, 15)
    expect(await jsonHere(work, 'verify', ...head, '--heavy', 'one.npz')).not.toHaveProperty('difference')
  })
})
