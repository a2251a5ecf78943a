// Catches: softmax pairs that are wrong where attention is extreme: logits of a thousand, one key or query, keys that nobody sees, a
// key that all share, whole shards that are hidden. Cannot catch: what depends on real data; real-heads.test.ts does.
import { readFileSync, writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, describe, expect, test } from 'vitest'
import { heavyArrays } from '../../core/pairs/crafted-heavy.ts'
import type { DenseMatrix } from '../../support/oracle.ts'
import type { SoftmaxPairOptions } from '../../support/softmax-oracle.ts'
import { someOf, tiered } from '../../support/tier.ts'
import { Workspace } from '../cli/bin.ts'
import { jsonHere } from '../cli/in-process.ts'
import { gaussian, writeMatrix } from '../jobs/support.ts'
import { denseOf, expectRight } from './dense-check.ts'

const work = new Workspace()
afterAll(() => work.remove())

/** As float32 has it. */
function rounded({ rows, cols, data }: DenseMatrix, factor = 1): DenseMatrix {
  return { rows, cols, data: data.map((x) => Math.fround(x * factor)) }
}

interface Asked {
  readonly keys: DenseMatrix
  readonly queries: DenseMatrix
  readonly line?: string
  readonly options?: SoftmaxPairOptions
}

/** The summary of a run whose file is right, as verify finds it too. */
async function tried({ keys, queries, line = '', options = {} }: Asked): Promise<Record<string, unknown>> {
  writeMatrix(work.path('K.npy'), keys, 'f4')
  writeMatrix(work.path('Q.npy'), queries, 'f4')
  const { keyMask } = options
  if (keyMask)
    writeFileSync(
      work.path('mask.npy'),
      Buffer.concat([npyHeader('|b1', [keys.rows]), Uint8Array.from(keyMask)]),
    )
  const masks = keyMask ? ['--key-mask', 'mask.npy'] : []
  const asked = line.split(' ').filter((word) => word !== '')
  const { top } = options
  const epsilon = options.epsilon ?? (top === undefined ? 0.01 : undefined)
  const inputs = ['--keys', 'K.npy', '--queries', 'Q.npy', ...masks, '--workers', '0']
  const out = ['--out', 'h.npz', '--force']
  const summary = await jsonHere(work, 'run', '--attention', 'softmax', ...inputs, ...asked, ...out)
  const most = asked.includes('f64') ? 1e-9 : 1e-3
  expectRight(
    work.path('h.npz'),
    denseOf(keys, queries),
    { ...options, ...(epsilon === undefined ? {} : { epsilon }) },
    most,
  )
  expect(await jsonHere(work, 'verify', ...inputs, '--heavy', 'h.npz')).not.toHaveProperty('difference')
  return summary
}

describe.each(tiered([''], ['', '--precision f64']))('%s', (precision) => {
  test('logits of a thousand: none is lost, and rows that float32 does not know go to float64', async () => {
    const [keys, queries] = [rounded(gaussian(700, 16, 1), 15), rounded(gaussian(60, 16, 2), 15)]
    const largest = denseOf(keys, queries).dots.reduce((max, dot) => Math.max(max, Math.abs(dot)), 0) / 4
    expect(largest).toBeGreaterThan(700)
    const { float64Rows } = await tried({ keys, queries, line: precision })
    expect(float64Rows).toBe(60)
    await tried({ keys, queries, line: `--top 5 ${precision}`.trim(), options: { top: 5 } })
    // Of a sum of one key's weight alone, epsilon of another is in no float64's reach.
    await tried({ keys, queries, line: `--epsilon 1e-30 ${precision}`.trim(), options: { epsilon: 1e-30 } })
  })

  test.each([
    ['one query', 500, 1],
    ['one key', 1, 40],
    ['one of each', 1, 1],
  ])('%s', async (_name, n, m) => {
    const [keys, queries] = [rounded(gaussian(n, 8, 3)), rounded(gaussian(m, 8, 4), 3)]
    const { pairs, emptyRows } = await tried({ keys, queries, line: precision })
    expect(emptyRows).toBe(0)
    if (n > 1) return
    expect(pairs).toBe(m)
    const { data, lse = [], dots } = heavyArrays(work.path('h.npz'))
    expect(Math.min(...data)).toBeGreaterThan(1 - 1e-6)
    Array.from(lse).forEach((value, query) => expect(value).toBeCloseTo(dots[query] / Math.sqrt(8), 3))
  })

  test('all keys masked: no pair, lse -Infinity, and every row is empty', async () => {
    const [keys, queries] = [rounded(gaussian(300, 8, 5)), rounded(gaussian(20, 8, 6))]
    const keyMask = new Uint8Array(300)
    const found = await tried({ keys, queries, line: precision, options: { keyMask } })
    expect(found).toMatchObject({ pairs: 0, emptyRows: 20, keysHidden: 300, scoreSlack: 0 })
    expect(found).not.toHaveProperty('heavyMassMean')
    expect(found).not.toHaveProperty('negativeDotShare')
    const { lse = [] } = heavyArrays(work.path('h.npz'))
    expect(Array.from(lse)).toEqual(Array.from({ length: 20 }, () => -Infinity))
  })

  test('one key that all share', async () => {
    const keys = rounded(gaussian(2000, 8, 7))
    const queries = rounded(gaussian(100, 8, 8))
    queries.data.forEach((_, i) => i % 8 === 0 && (queries.data[i] = 4))
    keys.data.fill(0, 8 * 1234, 8 * 1235)
    keys.data[8 * 1234] = 12
    const { pairs } = await tried({
      keys,
      queries,
      line: `--epsilon .5 ${precision}`.trim(),
      options: { epsilon: 0.5 },
    })
    expect(pairs).toBe(100)
    expect(new Set(heavyArrays(work.path('h.npz')).indices)).toEqual(new Set([1234]))
  })

  test('keys of several shards and of several tasks of verify: flat ones between a first and a last that are heavy', async () => {
    const keys = rounded(gaussian(70_000, 4, 13))
    const queries = rounded(gaussian(5, 4, 14), 0.5)
    queries.data.forEach((_, i) => i % 4 === 0 && (queries.data[i] = 2))
    for (const row of [3, 69_998]) keys.data.set([14, 0, 0, 0], 4 * row)
    const epsilon = 0.2
    const { pairs } = await tried({
      keys,
      queries,
      line: `--epsilon .2 ${precision}`.trim(),
      options: { epsilon },
    })
    expect(pairs).toBe(10)
    await tried({ keys, queries, line: `--top 3 ${precision}`.trim(), options: { top: 3 } })
    keys.data.fill(0, 0, 4 * 60_000)
    await tried({ keys, queries, line: `--epsilon .2 ${precision}`.trim(), options: { epsilon } })
  })

  test('whole shards of hidden keys, before and behind those that are seen', async () => {
    const [keys, queries] = [rounded(gaussian(9000, 4, 9)), rounded(gaussian(9, 4, 10), 4)]
    const shards = `--shard-rows 4096 ${precision}`.trim()
    for (const [first, end] of [
      [0, 100],
      [4096, 5000],
      [8990, 9000],
    ]) {
      const keyMask = Uint8Array.from({ length: 9000 }, (_, row) => (row >= first && row < end ? 1 : 0))
      await tried({ keys, queries, line: shards, options: { keyMask } })
    }
    const late = { causal: true, queryStart: 4090, slidingWindow: 5 }
    await tried({
      keys,
      queries,
      line: `--causal --query-start 4090 --sliding-window 5 ${shards}`,
      options: late,
    })
  })
})

test.each(
  someOf(
    [
      '--epsilon .01',
      '--top 7 --causal --query-start 8000',
      '--epsilon .02 --key-mask mask.npy --precision f64',
    ],
    2,
  ),
)(
  '%s: the same bytes for any workers and kernels',
  async (line) => {
    writeMatrix(work.path('K.npy'), rounded(gaussian(9000, 12, 11)), 'f4')
    writeMatrix(work.path('Q.npy'), rounded(gaussian(300, 12, 12), 3), 'f4')
    const seen = Uint8Array.from({ length: 9000 }, (_, row) => (row % 3 === 0 ? 0 : 1))
    writeFileSync(work.path('mask.npy'), Buffer.concat([npyHeader('|b1', [9000]), seen]))
    const asked = ['--keys', 'K.npy', '--queries', 'Q.npy', '--shard-rows', '4096', ...line.split(' ')]
    const bytes = new Set<string>()
    for (const workers of tiered(['0', '2'], ['0', '1', '2', '5']))
      for (const kernels of workers === '0' ? ['wasm', 'scalar'] : ['wasm']) {
        const how = [
          '--query-batches',
          '4',
          '--workers',
          workers,
          '--kernels',
          kernels,
          '--out',
          's.npz',
          '--force',
        ]
        const found = await jsonHere(work, 'run', '--attention', 'softmax', ...asked, ...how)
        expect(found).not.toHaveProperty('error')
        bytes.add(readFileSync(work.path('s.npz')).toString('base64'))
      }
    expect(bytes.size).toBe(1)
  },
  60_000,
)
