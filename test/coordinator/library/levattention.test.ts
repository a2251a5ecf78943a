// Catches: a causal call of the library that ignores the mask, or goes without the keys or positions that it needs. Cannot
// catch: what the commands do around it (cli/), pairs that both miss (test/laws/causal).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isLevError, matrix, type MatrixSource, openMatrix } from '@levattention/core'
import { levattention, type HeavyAttentionsOptions } from '@levattention/coordinator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bruteForceMasked } from '../../support/masked.ts'
import { npyBytes } from '../../support/npy.mjs'
import { Random } from '../../support/random.mjs'

const D = 3
const EPSILON = 0.05

function gaussian(rows: number, seed: number): Float64Array {
  const random = new Random(seed)
  return Float64Array.from({ length: rows * D }, () => random.normal())
}

const K = gaussian(120, 1)
const Q = gaussian(40, 2)
const keys = matrix(K, { rows: 120, cols: D })
const queries = matrix(Q, { rows: 40, cols: D })

describe('causal', () => {
  let lev: Awaited<ReturnType<typeof levattention>>
  beforeAll(async () => {
    lev = await levattention({ workers: 0 })
  })
  afterAll(() => lev.close())

  async function pairs(asked: MatrixSource, options: HeavyAttentionsOptions) {
    const universal = await lev.universalSet(keys, { epsilon: EPSILON, causal: true })
    const found: { query: number; key: number }[] = []
    for await (const { queryStart, queryCount, offsets, keyIds } of lev.heavyAttentions(
      universal,
      asked,
      options,
    )) {
      for (let q = 0; q < queryCount; q++)
        for (let i = offsets[q]; i < offsets[q + 1]; i++)
          found.push({ query: queryStart + q, key: keyIds[i] })
    }
    return found
  }

  test('pairs are those of a masked scan, from the row that is said', async () => {
    const dense = { rows: 40, cols: D, data: Q }
    const want = bruteForceMasked(dense, { rows: 120, cols: D, data: K }, EPSILON, {
      causal: true,
      queryStart: 70,
    })
    expect(await pairs(queries, { keys, queryStart: 70 })).toEqual(
      want.pairs.map(({ query, key }) => ({ query, key })),
    )
    expect(want.pairs.length).toBeGreaterThan(50)
  })

  test.each<[string, HeavyAttentionsOptions, string]>([
    ['no keys', { queryStart: 70 }, 'keys'],
    ['no position', { keys }, 'queryStart'],
    ['a position that reaches beyond the keys', { keys, queryStart: 81 }, 'queryStart'],
  ])('%s: refused', async (_, options, option) => {
    const caught: unknown = await pairs(queries, options).catch((error: unknown) => error)
    expect(isLevError(caught, 'Option') && caught.place.option).toBe(option)
  })
})

test.each([0, 2])(
  'close does not mind a file that is gone since it was read: %d threads',
  async (workers) => {
    const folder = mkdtempSync(join(tmpdir(), 'lev-close-'))
    const path = join(folder, 'K.npy')
    writeFileSync(
      path,
      npyBytes(
        [50, 3],
        Float64Array.from({ length: 150 }, (_, i) => Math.sin(i)),
      ),
    )
    const other = await levattention({ workers })
    const source = openMatrix(path)
    const universal = await other.universalSet(source)
    for await (const _ of other.heavyAttentions(universal, source, { keys: source }));
    rmSync(folder, { recursive: true })
    await expect(other.close()).resolves.toBeUndefined()
  },
)

test('a call that is under way when it is closed is Aborted, also while its threads start', async () => {
  const [rowCount, dim] = [400_000, 64]
  const data = new Float32Array(rowCount * dim).map((_, i) => ((i * 7919) % 1013) / 1013 - 0.5)
  const large = matrix(data, { rows: rowCount, cols: dim })
  for (const afterMs of [0, 5, 20, 50, 100, 200]) {
    const other = await levattention({ workers: 2 })
    const told = other.universalSet(large, { epsilon: 0.01 }).then(
      () => 'done',
      (error: unknown) => (isLevError(error) ? `${error.tag}: ${error.message}` : error),
    )
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    await other.close()
    expect(await told, `${afterMs} ms`).toBe('Aborted: the threads were closed')
  }
})
