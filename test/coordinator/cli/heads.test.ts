// Catches: heads mixed up (a query head with another key head), a folder that is half filled, numbers in heads.csv that
// are not the single runs'. Cannot catch: errors that a single run of the head makes as well.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failSystemCall } from '../../core/files/output-support.ts'
import { readNpz } from '../../support/npy.mjs'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
const INPUTS = ['--keys', 'K.npy', '--queries', 'Q.npy'] as const
afterAll(() => work.remove())
beforeAll(() => {
  work.npy('K.npy', [2, 300, 5], gaussianRows(600, 5, 1, 300))
  work.npy('Q.npy', [6, 40, 5], gaussianRows(240, 5, 2))
  work.npy('K4.npy', [2, 2, 60, 5], gaussianRows(240, 5, 3))
  work.npy('Q4.npy', [2, 4, 10, 5], gaussianRows(80, 5, 4))
})

test('each head is the run of its own matrices, key head floor(h * keyHeads / queryHeads)', async () => {
  const all = await runHere(work, 'run', ...INPUTS, '--heads', 'all', '--out', 'heads', '--quiet')
  expect(all).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  const [names, ...lines] = readFileSync(work.path('heads/heads.csv'), 'utf8').trimEnd().split('\n')
  const rows = lines.map((line) =>
    Object.fromEntries(line.split(',').map((text, i) => [names.split(',')[i], text])),
  )
  expect(rows.map(({ head, keyHead }) => `${head}:${keyHead}`)).toEqual([
    '0:0',
    '1:0',
    '2:0',
    '3:1',
    '4:1',
    '5:1',
  ])
  for (const head of [2, 3]) {
    const { keyHead, file, universalSize, maxBound, pairs } = rows[head]
    const alone = await jsonHere(
      work,
      'run',
      '--keys',
      `K.npy#[${keyHead}]`,
      '--queries',
      `Q.npy#[${head}]`,
      '--out',
      `alone-${head}.npz`,
    )
    expect({ universalSize, maxBound, pairs }).toEqual({
      universalSize: String(alone.universalSize),
      // Measures with four digits.
      maxBound: String(Number(Number(alone.maxBound).toPrecision(4))),
      pairs: String(alone.pairs),
    })
    const [one, other] = [`heads/${file}`, `alone-${head}.npz`].map((name) => readFileSync(work.path(name)))
    // All but the meta, which names the head (its header of 30 bytes has its CRC), and the archive's directory.
    const [mine, its] = [one, other].map((bytes) => bytes.subarray(0, bytes.indexOf('meta.npy') - 30))
    expect(mine.length).toBeGreaterThan(1000)
    expect(mine.equals(its)).toBe(true)
  }
})

test('a list of heads, also of 4-D inputs; the summary has each head', async () => {
  const summary = await jsonHere(
    work,
    'run',
    '--keys',
    'K4.npy',
    '--queries',
    'Q4.npy',
    '--heads',
    '7,2',
    '--out',
    'some',
  )
  expect(summary).toMatchObject({ n: 60, d: 5, m: 10, outputs: ['some'] })
  expect(summary.heads).toMatchObject([
    { head: 7, keyHead: 3, file: 'head-0007.npz' },
    { head: 2, keyHead: 1, file: 'head-0002.npz' },
  ])
  expect(summary).not.toHaveProperty('universalSize')
})

test.each(['power', 'softmax'])(
  '%s: --json without --out has the heads of a run with files, and writes none',
  async (attention) => {
    const args = ['run', '--attention', attention, ...INPUTS, '--heads', '4,1'] as const
    const before = work.names()
    const counted = await jsonHere(work, ...args)
    expect([counted.outputs, work.names()]).toEqual([[], before])
    const written = await jsonHere(work, ...args, '--out', `filed-${attention}`)
    const heads = written.heads as { file?: string }[]
    expect(heads.map(({ file }) => file)).toEqual(['head-0004.npz', 'head-0001.npz'])
    expect(counted.heads).toEqual(heads.map((head) => ({ ...head, file: undefined })))
  },
)

test('heads whose sets take the same share say it once; 2-D keys serve every head', async () => {
  work.npy('plain.npy', [60, 5], gaussianRows(60, 5, 3))
  const ran = await runHere(
    work,
    'run',
    '--keys',
    'plain.npy',
    '--queries',
    'Q.npy',
    '--heads',
    'all',
    '--out',
    'shared',
  )
  expect(ran.exitCode).toBe(0)
  expect(ran.stderr).toMatch(/universal sets +all of a head's keys/)
  const lines = readFileSync(work.path('shared/heads.csv'), 'utf8').trimEnd().split('\n').slice(1)
  expect(lines.map((line) => line.split(',')[1])).toEqual(['0', '0', '0', '0', '0', '0'])
})

test('a folder with files is refused, filled with --force; an empty one is filled', async () => {
  mkdirSync(work.path('full'))
  writeFileSync(work.path('full/mine.txt'), 'mine')
  const refused = await runHere(work, 'run', ...INPUTS, '--heads', '0', '--out', 'full')
  expect(refused.exitCode).toBe(73)
  expect(refused.stderr).toContain('full holds files already')
  expect((await runHere(work, 'run', ...INPUTS, '--heads', '0', '--out', 'full', '--force')).exitCode).toBe(0)
  expect(readFileSync(work.path('full/mine.txt'), 'utf8')).toBe('mine')
  expect(existsSync(work.path('full/head-0000.npz'))).toBe(true)
  mkdirSync(work.path('free'))
  expect((await runHere(work, 'run', ...INPUTS, '--heads', '0', '--out', 'free')).exitCode).toBe(0)
  expect(existsSync(work.path('free/heads.csv'))).toBe(true)
})

test('--force removes the heads of an earlier run, and nothing else, once the new ones stand', async () => {
  await runHere(work, 'run', ...INPUTS, '--heads', 'all', '--out', 'again', '--quiet')
  for (const name of ['head-1.npz', 'head-0001.npz.bak', 'mine.npz'])
    writeFileSync(work.path(`again/${name}`), 'mine')
  const all = readdirSync(work.path('again'))
  const args = ['--heads', '2', '--out', 'again', '--force', '--quiet'] as const
  failSystemCall('renameSync', 'EIO', 1, 1)
  expect((await runHere(work, 'run', ...INPUTS, ...args)).exitCode).toBe(73)
  expect(readdirSync(work.path('again'))).toEqual(all)
  expect((await runHere(work, 'run', ...INPUTS, ...args)).exitCode).toBe(0)
  expect(readdirSync(work.path('again'))).toEqual(all.filter((name) => !/^head-000[01345]\.npz$/.test(name)))
})

test('a former head that cannot be removed is named; the new ones stand', async () => {
  await runHere(work, 'run', ...INPUTS, '--heads', '0,1', '--out', 'stuck', '--quiet')
  failSystemCall('unlinkSync', 'EACCES', 0)
  const ran = await runHere(work, 'run', ...INPUTS, '--heads', '0', '--out', 'stuck', '--force')
  expect(ran.exitCode).toBe(73)
  expect(ran.stderr).toContain('stuck/head-0001.npz of an earlier run cannot be removed')
  expect(readFileSync(work.path('stuck/heads.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(2)
})

test('a head that fails leaves no folder', async () => {
  const data = gaussianRows(600, 5, 1)
  data[400 * 5 + 3] = NaN
  work.npy('bad.npy', [2, 300, 5], data)
  const before = work.names()
  const failure = await jsonHere(work, 'run', '--keys', 'bad.npy', '--heads', 'all', '--out', 'never')
  expect(failure).toMatchObject({ exitCode: 65, error: { file: 'bad.npy', row: 100, column: 3 } })
  expect(work.names()).toEqual(before)
})

test('a disk that fills names the file as it would be called, and leaves nothing', async () => {
  failSystemCall('writeSync', 'ENOSPC', 0)
  const ran = await runHere(work, 'run', ...INPUTS, '--heads', 'all', '--out', 'filled')
  expect(ran.exitCode).toBe(73)
  expect(ran.stderr).toContain('filled/head-0000.npz')
  expect(ran.stderr).not.toContain('.levattention-')
  expect(work.names().filter((name) => name.startsWith('filled') || name.startsWith('.'))).toEqual([])
})

test('heads that cannot all be replaced are all as before', async () => {
  await runHere(work, 'run', ...INPUTS, '--heads', '0,1', '--out', 'kept', '--quiet')
  const before = readdirSync(work.path('kept')).map((name) => readFileSync(work.path(`kept/${name}`)))
  failSystemCall('renameSync', 'EIO', 1, 1)
  const args = ['--heads', '0,1', '--epsilon', '.2', '--out', 'kept', '--force'] as const
  expect((await runHere(work, 'run', ...INPUTS, ...args)).exitCode).toBe(73)
  expect(readdirSync(work.path('kept')).map((name) => readFileSync(work.path(`kept/${name}`)))).toEqual(
    before,
  )
})

test('layers and batches are columns of their own; heads alone have none', async () => {
  const lines = async (folder: string, ...args: string[]) => {
    const ran = await runHere(work, 'run', ...args, '--out', folder, '--quiet')
    expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    const text = readFileSync(work.path(`${folder}/heads.csv`), 'utf8')
      .trimEnd()
      .split('\n')
    return text.map((line) => line.split(','))
  }
  const [plain] = await lines('columns3', ...INPUTS, '--heads', '0')
  expect(plain.slice(0, 3)).toEqual(['head', 'keyHead', 'file'])
  expect(plain.at(-1)).toBe('negativeDotShare')
  const four = await lines('columns4', '--keys', 'K4.npy', '--queries', 'Q4.npy', '--heads', '6,1')
  expect(four.map((line) => line.slice(0, 5))).toEqual([
    ['head', 'batch', 'headAxis', 'keyHead', 'file'],
    ['6', '1', '2', '3', 'head-0006.npz'],
    ['1', '0', '1', '0', 'head-0001.npz'],
  ])
  const layer = ['--keys', 'K4.npy#[1,:]', '--queries', 'Q4.npy#[1,:]', '--layout', 'lhnd', '--heads', '2']
  expect((await lines('layer', ...layer)).map((line) => line.slice(0, 5))).toEqual([
    ['head', 'layer', 'headAxis', 'keyHead', 'file'],
    ['2', '1', '2', '1', 'head-0002.npz'],
  ])
})

test('the share of negative dots is that of the pairs in the file', async () => {
  await runHere(work, 'run', ...INPUTS, '--heads', '1', '--out', 'signs', '--quiet')
  const [names, values] = readFileSync(work.path('signs/heads.csv'), 'utf8').split('\n')
  const dots = [...readNpz(work.path('signs/head-0001.npz')).dots.data]
  const share = dots.filter((dot) => dot < 0).length / dots.length
  expect(share).toBeGreaterThan(0)
  expect(names.split(',').at(-1)).toBe('negativeDotShare')
  expect(Number(values.split(',').at(-1))).toBe(Number(share.toPrecision(4)))
})

describe('--layout', () => {
  const [batches, heads, keyHeads, n, d] = [2, 4, 2, 60, 5]
  const at = (counts: readonly number[], index: readonly number[]) =>
    index.reduce((flat, value, axis) => flat * counts[axis] + value, 0)

  /** `data` [batches, count, rows, d] as [batches, rows, count, d]. */
  function rowsFirst(data: Float32Array, count: number, rows: number): Float32Array {
    return data.map((_, flat) => {
      const [column, head] = [flat % d, Math.floor(flat / d) % count]
      const [row, batch] = [Math.floor(flat / d / count) % rows, Math.floor(flat / d / count / rows)]
      return data[at([batches, count, rows, d], [batch, head, row, column])]
    })
  }

  beforeAll(() => {
    work.npy('K4s.npy', [batches, n, keyHeads, d], rowsFirst(gaussianRows(240, 5, 3), keyHeads, n))
    work.npy('Q4s.npy', [batches, 10, heads, d], rowsFirst(gaussianRows(80, 5, 4), heads, 10))
  })

  test('bshd gives the files that bhnd gives of the transposed arrays', async () => {
    await runHere(work, 'run', '--keys', 'K4.npy', '--queries', 'Q4.npy', '--heads', 'all', '--out', 'bhnd')
    const inputs = ['--keys', 'K4s.npy', '--queries', 'Q4s.npy', '--layout', 'bshd']
    const ran = await runHere(work, 'run', ...inputs, '--heads', 'all', '--out', 'bshd')
    expect(ran.stderr).not.toContain('warning: K4s')
    expect(work.list('bshd')).toEqual(work.list('bhnd'))
    for (const name of work.list('bshd'))
      expect(readFileSync(work.path(`bshd/${name}`))).toEqual(readFileSync(work.path(`bhnd/${name}`)))
  })

  test('a NaN is found in its head', async () => {
    const data = rowsFirst(gaussianRows(240, 5, 3), keyHeads, n)
    data[at([batches, n, keyHeads, d], [1, 7, 1, 3])] = NaN
    work.npy('nan.npy', [batches, n, keyHeads, d], data)
    const failure = await jsonHere(
      work,
      'run',
      '--keys',
      'nan.npy',
      '--queries',
      'Q4s.npy',
      '--layout',
      'bshd',
      '--heads',
      'all',
      '--out',
      'never',
    )
    expect(failure).toMatchObject({ exitCode: 65, error: { head: [1, ':', 1], row: 7, column: 3 } })
    expect(failure.error).toMatchObject({ heads: [[1, ':', 1]] })
  })

  test('one batch, or one head, of keys serves all; other numbers are refused with their shapes', async () => {
    work.npy('K1.npy', [1, 2, n, d], gaussianRows(120, 5, 6))
    work.npy('K1-3.npy', [2, n, d], gaussianRows(120, 5, 6))
    work.npy('KB.npy', [2, 1, n, d], gaussianRows(120, 5, 6))
    work.npy('K3.npy', [3, 2, n, d], gaussianRows(360, 5, 6))
    const keyHeadsOf = async (keys: string) => {
      const args = ['--keys', keys, '--queries', 'Q4.npy', '--heads', 'all', '--out', `of-${keys}`]
      const summary = await jsonHere(work, 'run', ...args)
      return (summary.heads as { keyHead: number }[]).map(({ keyHead }) => keyHead)
    }
    expect(await keyHeadsOf('K1.npy')).toEqual([0, 0, 1, 1, 0, 0, 1, 1])
    expect(await keyHeadsOf('K1-3.npy')).toEqual([0, 0, 1, 1, 0, 0, 1, 1])
    expect(await keyHeadsOf('KB.npy')).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
    const refused = await runHere(
      work,
      'run',
      '--keys',
      'K3.npy',
      '--queries',
      'Q4.npy',
      '--heads',
      'all',
      '--out',
      'never',
    )
    expect(refused.exitCode).toBe(65)
    expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain(
      'Q4.npy of shape (2, 4, 10, 5) (queries), K3.npy of shape (3, 2, 60, 5) (keys): they have 2 and 3 batches',
    )
  })
})
