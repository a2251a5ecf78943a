/**
 * Catches: contents misread, an advice that does not work when typed, a list out of order or with other bounds than the
 * file, a damaged file called sound. Cannot catch: faults of the readers themselves.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  createOutput,
  KeySummary,
  type LevContent,
  openMatrix,
  summaryContent,
  universalContent,
  writeLev,
  writeNpz,
} from '@levattention/core/internal'
import { type Contents, contentsOf, inspect, requireLev } from '#coordinator/inspect/inspect'
import { findUniversalSet } from '#coordinator/keys/universal'
import { levList } from '#coordinator/inspect/inspect-lev'
import { withJob } from '#coordinator/job/job'
import type { DenseMatrix } from '../../support/oracle.ts'
import { gaussian, sourceOf, testFolder, withContext, writeMatrix } from './support.ts'
import { oraclePairs, writePairs } from '../verify/verify-support.ts'

async function writeLevFile(path: string, content: LevContent): Promise<string> {
  const output = createOutput(path)
  writeLev(content, output)
  await output.commit()
  return path
}

async function writeUniversal(path: string, keys: DenseMatrix, epsilon: number): Promise<string> {
  const { universal, origin } = await withContext((context) =>
    findUniversalSet(sourceOf(keys), { epsilon }, context),
  )
  return await writeLevFile(path, universalContent(universal, origin))
}

function arraysIn(contents: Contents) {
  if (contents.holds !== 'arrays') throw new Error(`holds ${contents.holds}`)
  return contents.arrays
}

/** The addresses that an advice tells to type, as a shell would read them. */
function typed(use: string): string[] {
  return [...use.matchAll(/--keys (?:'([^']*)'|(\S+))(?= for one|$)/g)].map((match) => match[1] ?? match[2])
}

describe('inspect of matrices', () => {
  test('a .npy is named as it is typed', () => {
    const path = writeMatrix(join(testFolder(), 'K.npy'), gaussian(7, 3), 'f4')
    const [array] = arraysIn(contentsOf(path))
    expect(array).toMatchObject({ name: '', shape: [7, 3], dtype: 'float32', order: 'C', accepted: true })
    expect(typed(array.use)).toEqual([path])
    expect(openMatrix(typed(array.use)[0]).rows).toBe(7)
  })

  test('each array of a .npz says what to type, or why it cannot be used', async () => {
    const path = join(testFolder(), 'many.npz')
    await writeNpz(path, [
      { name: 'k', dtype: 'f32', shape: [4, 2], data: new Float32Array(8) },
      { name: 'heads', dtype: 'f64', shape: [2, 3, 4, 5], data: new Float64Array(120) },
      { name: 'vector', dtype: 'f64', shape: [6], data: new Float64Array(6) },
      { name: 'ids', dtype: 'i64', shape: [3], data: new Float64Array(3) },
      { name: 'wide', dtype: 'f32', shape: [1, 4097], data: new Float32Array(4097) },
    ])
    const arrays = arraysIn(contentsOf(path))
    expect(arrays.map(({ name }) => name)).toEqual(['k', 'heads', 'vector', 'ids', 'wide'])
    const [k, heads, vector, ids, wide] = arrays.map(({ use }) => use)
    expect(typed(k)).toEqual([`${path}#k`])
    expect(openMatrix(typed(k)[0]).rows).toBe(4)
    expect(typed(heads)).toEqual([`${path}#heads[0,0]`])
    expect(openMatrix(typed(heads)[0]).cols).toBe(5)
    expect(heads).toContain(`--keys '${path}#heads' --heads all`)
    expect(vector).toContain('no matrix')
    expect(ids).toBe('no matrix [rows, columns]')
    expect(wide).toContain('4097 columns')
    expect(arraysIn(contentsOf(`${path}#heads[0,1]`))[0].use).toBe(`--keys '${path}#heads[0,1]'`)
  })

  test.skipIf(process.platform === 'win32')(
    'an absent file, a foreign one and a pipe are refused, not waited for',
    () => {
      const folder = testFolder()
      expect(() => contentsOf(join(folder, 'none.npy'))).toThrow('not found')
      writeFileSync(join(folder, 'text'), '\x01\x02')
      expect(() => contentsOf(join(folder, 'text'))).toThrow('neither its name')
      execFileSync('mkfifo', [join(folder, 'pipe')])
      expect(() => contentsOf(join(folder, 'pipe'))).toThrow('not a regular file')
    },
  )
})

describe('inspect of a .lev', () => {
  test('tells what a universal set holds', async () => {
    const path = await writeUniversal(join(testFolder(), 'u.lev'), gaussian(400, 3), 0.02)
    const contents = contentsOf(path)
    expect(contents).toMatchObject({
      holds: 'lev',
      kind: 'universal',
      attention: '|q.k|^2',
      n: 400,
      d: 3,
      p: 2,
      epsilon: 0.02,
      ranges: [{ rowStart: 0, rowEnd: 400 }],
      certificate: 'regular',
      rank: 3,
      openRows: 0,
      element: 'f64',
    })
    if (contents.holds !== 'lev') throw new Error('unreachable')
    const bounds = contents.largestBounds.map(({ bound }) => bound)
    expect(bounds).toHaveLength(5)
    expect(bounds.toSorted((a, b) => b - a)).toEqual(bounds)
  })

  test('tells the certificate: regular, refined or ridge', async () => {
    const folder = testFolder()
    const near = gaussian(400, 3)
    for (let j = 0; j < 400; j++) near.data[3 * j + 1] = near.data[3 * j] + 1e-7 * near.data[3 * j + 1]
    const flat = gaussian(400, 3)
    for (let j = 0; j < 400; j++) flat.data[3 * j + 1] = flat.data[3 * j]
    const certificateOf = async (name: string, keys: DenseMatrix) =>
      contentsOf(await writeUniversal(join(folder, name), keys, 0.05))
    expect(await certificateOf('near.lev', near)).toMatchObject({ certificate: 'refined' })
    expect(await certificateOf('flat.lev', flat)).toMatchObject({ certificate: 'ridge', rank: 2 })
  })

  test('tells what a summary holds, which has no certificate yet', async () => {
    const summary = new KeySummary({ dim: 2, epsilon: 0.1, rowStart: 30 }).update(gaussian(50, 2).data)
    const path = await writeLevFile(join(testFolder(), 's.lev'), summaryContent(summary.state))
    const contents = contentsOf(path)
    expect(contents).toMatchObject({ kind: 'summary', n: 50, ranges: [{ rowStart: 30, rowEnd: 80 }] })
    expect(contents).not.toHaveProperty('certificate')
  })

  test('lists rowId and bound, bound descending, ties by row id', async () => {
    const data = Float64Array.from({ length: 60 * 3 }, (_, at) => (Math.floor(at / 3) % 3 === at % 3 ? 1 : 0))
    const path = await writeUniversal(join(testFolder(), 'u.lev'), { rows: 60, cols: 3, data }, 0.05)
    const lines = [...levList(path)].join('').split('\n')
    expect(lines.pop()).toBe('')
    expect(lines).toHaveLength(60)
    const rows = lines.map((line) => line.split('\t').map(Number))
    expect(rows.map(([rowId]) => rowId)).toEqual(Array.from({ length: 60 }, (_, i) => i))
    for (const [, bound] of rows) expect(bound).toBeCloseTo(0.05, 12)
  })

  test('is found by its first bytes under another name; a damaged one is refused', async () => {
    const folder = testFolder()
    const path = await writeUniversal(join(folder, 'u.lev'), gaussian(40, 3), 0.02)
    copyFileSync(path, join(folder, 'renamed'))
    expect(contentsOf(join(folder, 'renamed'))).toMatchObject({ holds: 'lev', n: 40 })
    writeFileSync(path, 'hello')
    expect(() => contentsOf(path)).toThrow('not a .lev file')
    const keys = writeMatrix(join(folder, 'K.npy'), gaussian(4, 2))
    expect(() => requireLev(keys)).toThrow('--list shows the bounds of a .lev')
  })
})

describe('inspect of heavy pairs', () => {
  test('tells shape, pairs and meta', async () => {
    const [keys, queries] = [gaussian(200, 3), gaussian(20, 3, 2)]
    const pairs = oraclePairs(queries, keys, 0.05)
    const path = await writePairs(join(testFolder(), 'h.npz'), pairs, { n: 200, m: 20, epsilon: 0.05 })
    const contents = contentsOf(path)
    expect(contents).toMatchObject({
      holds: 'heavy pairs',
      n: 200,
      m: 20,
      pairs: pairs.length,
      uncertifiedQueries: 0,
      meta: { epsilon: 0.05, p: 2 },
    })
    const summary = await withJob({ workers: 0 }, (job) => Promise.resolve(inspect({ file: path }, job)))
    expect(summary).toMatchObject({ command: 'inspect', file: path, outputs: [], contents })
    expect(arraysIn(contentsOf(`${path}#data`))[0].shape).toEqual([pairs.length])
  })
})
