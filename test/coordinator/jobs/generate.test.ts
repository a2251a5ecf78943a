/**
 * Catches: files whose bytes depend on workers, that numpy would not take, rows at the wrong place across tasks, a file or
 * folder left behind by a failure, one that is replaced unasked. Cannot catch: faults of the model; test/core/planted does.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { plantedKeys, plantedModel, plantedQueries } from '@levattention/core/internal'
import { curve } from '#coordinator/jobs/curve'
import { generatePlanted } from '#coordinator/jobs/generate'
import { withJob } from '#coordinator/job/job'
import { failSystemCall } from '../../core/files/output-support.ts'
import { readNpy } from '../../support/npy.mjs'
import { namesIn, rejection, testFolder, WORKERS } from './support.ts'

const FILES = ['K.npy', 'Q.npy', 'planted.npy']

async function generate(options: Parameters<typeof generatePlanted>[0], workers = 0) {
  return await withJob({ workers }, (job) => generatePlanted(options, job))
}

describe('generate planted', () => {
  test('writes keys, queries and planted ids that are the model’s, whatever the number of workers', async () => {
    const folder = testFolder()
    // Wide rows, so that tasks are many while the files stay small: a task has 4096 rows here.
    const [n, d, m] = [9000, 256, 5000]
    for (const workers of WORKERS)
      await generate({ out: join(folder, String(workers)), n, d, m, seed: 9 }, workers)
    for (const name of FILES) {
      const files = WORKERS.map((workers) => readFileSync(join(folder, String(workers), name)))
      expect(files.map((file) => file.equals(files[0]))).toEqual(WORKERS.map(() => true))
    }
    const model = plantedModel({ rowCount: n, dim: d, queryCount: m, seed: 9 })
    const [keys, queries, ids] = FILES.map((name) => readNpy(join(folder, '0', name)))
    expect([keys.shape, keys.dtype]).toEqual([[n, d], '<f4'])
    expect([queries.shape, queries.dtype]).toEqual([[m, d], '<f4'])
    expect([ids.shape, ids.dtype]).toEqual([[200], '<i8'])
    expect([...ids.data]).toEqual([...model.plantedIds])
    for (const row of [0, 4095, 4096, 8999]) {
      const wanted = plantedKeys(model, { rowStart: row, rowEnd: row + 1 })
      expect([...keys.data.subarray(row * d, (row + 1) * d)]).toEqual([...wanted])
    }
    const wanted = plantedQueries(model, { rowStart: 4999, rowEnd: 5000 })
    expect([...queries.data.subarray(4999 * d)]).toEqual([...wanted])
  })

  test('plants keys that curve finds: about so many, and no others', async () => {
    const out = testFolder()
    const summary = await generate({ out, n: 60_000, d: 8, m: 0, planted: 20 })
    expect(summary).toMatchObject({
      command: 'generate',
      n: 60_000,
      d: 8,
      m: 0,
      outputs: FILES.map((name) => join(out, name)),
    })
    const { curve: points } = await withJob({ workers: 0 }, (job) =>
      curve({ keys: [join(out, 'K.npy')] }, job),
    )
    expect(points.find(({ epsilon }) => epsilon === 1e-3)?.universalSize).toBe(20)
  })

  test.each([
    { n: 0, d: 1, m: 0 },
    { n: 1, d: 1, m: 3 },
    { n: 5, d: 1024, m: 1, planted: 0 },
    { n: 7, d: 3, m: 2, planted: 7, seed: 2 ** 53 - 1 },
  ])('of shape %j is defined', async (shape) => {
    const out = testFolder()
    await generate({ out, ...shape })
    expect(readNpy(join(out, 'K.npy')).shape).toEqual([shape.n, shape.d])
    expect(readNpy(join(out, 'Q.npy')).shape).toEqual([shape.m, shape.d])
    expect(readNpy(join(out, 'planted.npy')).shape).toEqual([shape.planted ?? shape.n])
  })

  test('makes its folder, and replaces files only with force', async () => {
    const folder = join(testFolder(), 'a', 'b')
    await generate({ out: folder, n: 10, d: 2, m: 4 })
    const before = readFileSync(join(folder, 'K.npy'))
    const again = { out: folder, n: 10, d: 2, m: 4, seed: 2 }
    const error = await rejection(generate(again), 'CannotWrite')
    expect(error.message).toContain('`force: true` to replace it')
    expect(readFileSync(join(folder, 'K.npy')).equals(before)).toBe(true)
    await generate({ ...again, force: true })
    expect(readFileSync(join(folder, 'K.npy')).equals(before)).toBe(false)
    expect(namesIn(folder)).toEqual(FILES)
  })

  test('one file that stands is enough to refuse, and no other is written', async () => {
    const folder = testFolder()
    writeFileSync(join(folder, 'planted.npy'), 'mine')
    await rejection(generate({ out: folder, n: 10, d: 2, m: 4 }), 'CannotWrite')
    expect(namesIn(folder)).toEqual(['planted.npy'])
  })

  test('a full disk leaves nothing, the folder neither', async () => {
    const parent = testFolder()
    const fault = failSystemCall('writeSync', 'ENOSPC', 5)
    const error = await rejection(
      generate({ out: join(parent, 'made'), n: 5000, d: 512, m: 10 }),
      'CannotWrite',
    )
    fault.restore()
    expect(fault.callCount()).toBeGreaterThan(5)
    expect(error.message).toContain('K.npy')
    expect(namesIn(parent)).toEqual([])
  })

  test('stopped half-way it leaves nothing of its own', async () => {
    const parent = testFolder()
    const out = join(parent, 'stands')
    mkdirSync(out)
    const stop = new AbortController()
    const options = { workers: 0, signal: stop.signal, onProgress: () => stop.abort() }
    const work = withJob(options, (job) => generatePlanted({ out, n: 50_000, d: 64, m: 0 }, job))
    await rejection(work, 'Aborted')
    expect(namesIn(out)).toEqual([])
  })

  test('a folder that is a file is refused', async () => {
    const folder = testFolder()
    writeFileSync(join(folder, 'file'), '')
    const error = await rejection(generate({ out: join(folder, 'file'), n: 1, d: 1, m: 1 }), 'CannotWrite')
    expect(error.place.option).toBe('out')
  })
})
