/**
 * Catches: bytes that depend on workers, shards or files, a file left behind by a failure, a library that draws other rows
 * than the command. Cannot catch: probabilities that are wrong everywhere (sample.test.ts).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { levattention } from '@levattention/coordinator'
import { matrix } from '@levattention/core'
import { readNpz } from '../../support/npy.mjs'
import { gaussian, namesIn, rejection, testFolder, WORKERS, writeMatrix } from './support.ts'
import { tiered } from '../../support/tier.ts'
import { SLOW, sampleFile, mixed, bernstein } from './sample-support.ts'

describe('the file', () => {
  test('has the same bytes for any workers, shards and cut into files, the rows in order', SLOW, async () => {
    const folder = testFolder()
    const keys = gaussian(140_000, 2)
    for (let j = 0; j < 30; j++) keys.data[2 * (4001 * j)] *= 300
    const path = writeMatrix(join(folder, 'K.npy'), keys, 'f4')
    const parts = [
      [0, 50_000],
      [50_000, 50_001],
      [50_001, 140_000],
    ].map(([start, end], i) =>
      writeMatrix(
        join(folder, `part${i}.npy`),
        { rows: end - start, cols: 2, data: keys.data.subarray(2 * start, 2 * end) },
        'f4',
      ),
    )
    const whole = { keys: [path], rows: 2000, seed: 7 }
    const cases = [
      ...WORKERS.map((workers) => ({ options: whole, workers })),
      ...tiered([17], [1, 17]).map((shards) => ({ options: { ...whole, shards }, workers: 2 })),
      { options: { ...whole, shardRows: 8192 }, workers: 0 },
      { options: { ...whole, keys: parts, concat: true }, workers: 0 },
    ]
    const files: Buffer[] = []
    for (const [i, { options, workers }] of cases.entries()) {
      const out = join(folder, `s${i}.npz`)
      const summary = await sampleFile({ ...options, out }, workers)
      expect(summary).toMatchObject({
        command: 'sample',
        n: 140_000,
        d: 2,
        rowsExpected: 2000,
        outputs: [out],
      })
      files.push(readFileSync(out))
    }
    files.forEach((file) => expect(file.equals(files[0])).toBe(true))

    const { rowIds, probabilities, weights, rows } = readNpz(join(folder, 's0.npz'))
    const count = rowIds.shape[0]
    expect(Math.abs(count - 2000)).toBeLessThan(bernstein(2000, 1))
    expect([rowIds.dtype, probabilities.dtype, weights.dtype, rows.dtype]).toEqual([
      '<u8',
      '<f8',
      '<f8',
      '<f4',
    ])
    expect(rows.shape).toEqual([count, 2])
    rowIds.data.forEach((rowId, i) => {
      if (i > 0) expect(rowId).toBeGreaterThan(rowIds.data[i - 1])
      expect(rows.data[2 * i + 1]).toBe(Math.fround(keys.data[2 * rowId + 1]))
    })
    const other = join(folder, 'other.npz')
    await sampleFile({ ...whole, seed: 8, out: other })
    expect(readFileSync(other).equals(files[0])).toBe(false)
  })

  test('is not left behind where the keys hold a NaN, and never replaces one unasked', async () => {
    const folder = testFolder()
    const keys = gaussian(9000, 2)
    keys.data[17_001] = Number.NaN
    const path = writeMatrix(join(folder, 'K.npy'), keys)
    const out = join(folder, 's.npz')
    const error = await rejection(sampleFile({ keys: [path], out, rows: 9 }), 'Content')
    expect(error.place).toMatchObject({ row: 8500, column: 1 })
    for (const rows of [0, -1, 0.5, Number.NaN, Infinity])
      expect((await rejection(sampleFile({ keys: [path], out, rows }), 'Option')).place.option).toBe('rows')
    await rejection(sampleFile({ keys: [path], out, rows: 9, seed: -1 }), 'Option')
    await rejection(sampleFile({ keys: [path], out, rows: 9, shards: 0 }), 'Option')
    expect(namesIn(folder)).toEqual(['K.npy'])
    writeMatrix(path, gaussian(10, 2))
    await sampleFile({ keys: [path], out, rows: 9 })
    await rejection(sampleFile({ keys: [path], out, rows: 9 }), 'CannotWrite')
    await rejection(sampleFile({ keys: [path], out: path, rows: 9, force: true }), 'Option')
    expect(namesIn(folder)).toEqual(['K.npy', 's.npz'])
  })
})

test('the library draws what the command draws', async () => {
  const folder = testFolder()
  const keys = mixed()
  const path = writeMatrix(join(folder, 'K.npy'), keys)
  await sampleFile({ keys: [path], out: join(folder, 's.npz'), rows: 30, seed: 5 })
  const file = readNpz(join(folder, 's.npz'))
  const lev = await levattention({ workers: 0 })
  try {
    const found = await lev.sample(matrix(keys.data, { rows: 300, cols: 3 }), { rows: 30, seed: 5 })
    expect(found.count).toBe(file.rowIds.shape[0])
    for (const name of ['rowIds', 'probabilities', 'weights', 'rows'] as const)
      expect([...found[name]]).toEqual([...file[name].data])
    await rejection(lev.sample(matrix(keys.data, { rows: 300, cols: 3 }), { rows: 0 }), 'Option')
  } finally {
    await lev.close()
  }
})
