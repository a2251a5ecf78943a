/**
 * Catches: a sample's file whose arrays, types or order are not docs/formats.md's, one that depends on how rows came in
 * batches, or is left behind by a failure or an abort. Cannot catch: what NumPy makes of it; sample-numpy.slow.test.ts does.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SampleNpz } from '@levattention/core/internal'
import { readNpz } from '../../support/npy.mjs'
import { failSystemCall, rejectionOf, testFolder } from '../files/output-support.ts'

const ROWS = 34_000

/** Rows of two numbers, in batches of `size`. */
async function write(path: string, element: 'f32' | 'f64', size: number): Promise<void> {
  const file = new SampleNpz(path, { dim: 2, element })
  try {
    for (let start = 0; start < ROWS; start += size) {
      const ids = Array.from({ length: Math.min(size, ROWS - start) }, (_, i) => start + i)
      const rows = ids.flatMap((id) => [id / 4, -id])
      file.add({
        rowIds: Float64Array.from(ids, (id) => 2 ** 40 + id),
        probabilities: Float64Array.from(ids, (id) => 1 / (1 + id)),
        rows: element === 'f64' ? Float64Array.from(rows) : Float32Array.from(rows),
      })
    }
    await file.finish({ seed: 1 })
  } catch (error) {
    file.abort()
    throw error
  }
}

describe.each(['f32', 'f64'] as const)('rows of %s', (element) => {
  test('come back as they were added, whatever the batches', async () => {
    const folder = testFolder()
    await write(join(folder, 'a.npz'), element, 7001)
    await write(join(folder, 'b.npz'), element, ROWS)
    expect(readFileSync(join(folder, 'a.npz')).equals(readFileSync(join(folder, 'b.npz')))).toBe(true)
    const arrays = readNpz(join(folder, 'a.npz'))
    expect(Object.keys(arrays)).toEqual(['rowIds', 'probabilities', 'weights', 'rows'])
    expect(arrays.rowIds.dtype).toBe('<u8')
    expect(arrays.rows).toMatchObject({ dtype: element === 'f64' ? '<f8' : '<f4', shape: [ROWS, 2] })
    for (const id of [0, 1, 33_001, ROWS - 1]) {
      expect(arrays.rowIds.data[id]).toBe(2 ** 40 + id)
      expect(arrays.probabilities.data[id]).toBe(1 / (1 + id))
      expect(arrays.weights.data[id]).toBe(1 / (1 / (1 + id)))
      expect([...arrays.rows.data.subarray(2 * id, 2 * id + 2)]).toEqual([id / 4, id === 0 ? -0 : -id])
    }
  })
})

test('a full disk is CannotWrite, at whatever write, and leaves nothing', { timeout: 120_000 }, async () => {
  const folder = testFolder()
  const path = join(folder, 's.npz')
  const counted = failSystemCall('writeSync', 'ENOSPC', Infinity)
  await write(path, 'f32', 9000)
  counted.restore()
  const writes = counted.callCount()
  expect(writes).toBeGreaterThan(10)
  const again = join(folder, 't.npz')
  for (let nth = 0; nth < writes; nth++) {
    const failing = failSystemCall('writeSync', 'ENOSPC', nth)
    await rejectionOf('CannotWrite', write(again, 'f32', 9000))
    failing.restore()
    expect(readdirSync(folder)).toEqual(['s.npz'])
  }
})

test('an empty sample is a file of empty arrays; an aborted one is none', async () => {
  const folder = testFolder()
  const empty = new SampleNpz(join(folder, 'e.npz'), { dim: 3, element: 'f32' })
  await empty.finish({})
  expect(readNpz(join(folder, 'e.npz')).rows.shape).toEqual([0, 3])
  const aborted = new SampleNpz(join(folder, 'f.npz'), { dim: 3, element: 'f32' })
  aborted.abort()
  aborted.abort()
  expect(readdirSync(folder)).toEqual(['e.npz'])
})
