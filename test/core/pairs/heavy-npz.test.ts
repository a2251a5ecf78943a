// Catches: files that SciPy or NumPy read otherwise than we meant, bytes that depend on how batches were cut, files left
// behind on any way out. Files over 4 GiB and 2^31 pairs are not written here: their records are, by lowering the limits.
// Cannot catch: a fault of a reader that shares our misreading of the ZIP format; damage (heavy-npz-damage.test.ts).
import fs from 'node:fs'
import { join } from 'node:path'
import { openHeavyNpz, readHeavyPairs, type SinkBatch } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addAll, batchesOf, fixedCase, heavyCase, pairsIn, pairsOf } from './heavy-support.ts'
import {
  PYTHON_TIMEOUT_MS,
  errorOf,
  failSystemCall,
  pythonWith,
  rejectionOf,
  runPython,
  testFolder,
} from '../files/output-support.ts'
import { META, LIMITS, write } from './heavy-npz-support.ts'

test('without queries, and so without batches, p = 2 has its mass all the same', async () => {
  const path = join(testFolder(), 'none.npz')
  await openHeavyNpz(path, { n: 4, m: 0 }).finish(META)
  const reader = readHeavyPairs(path)
  expect(reader.perQuery('mass', 0, 0)).toEqual(new Float64Array(0))
  expect(reader.shape).toEqual({ n: 4, m: 0 })
  reader.close()
})

test.each(Object.entries(LIMITS))('what is written comes back: %s', async (_, limits) => {
  const folder = testFolder()
  const path = join(folder, 'heavy.npz')
  await fc.assert(
    fc.asyncProperty(heavyCase, async (heavy) => {
      await write(path, heavy, limits)
      expect(fs.readdirSync(folder)).toEqual(['heavy.npz'])
      const reader = readHeavyPairs(path)
      expect(pairsIn(reader.batches())).toEqual(pairsOf(heavy))
      expect(reader.meta).toEqual(META)
      expect(reader.shape).toEqual({ n: heavy.n, m: heavy.rows.length })
      expect(reader.uncertified).toEqual(Float64Array.from(heavy.uncertified))
      expect(reader.perQuery('slack', 0, heavy.rows.length)).toEqual(Float64Array.from(heavy.slack))
      const hasMass = heavy.mass !== undefined
      expect(reader.perQuery('mass', 0, heavy.rows.length)).toEqual(
        hasMass ? Float64Array.from(heavy.mass) : undefined,
      )
      reader.close()
    }),
    { numRuns: 25 },
  )
})

test('how the queries were cut into batches does not show in the bytes', async () => {
  const path = join(testFolder(), 'heavy.npz')
  const whole = await write(path, { ...fixedCase, cuts: [] })
  for (const cuts of [[1], [1, 1, 1, 1, 1], [0, 0, 3], [2, 3]]) {
    expect(Buffer.compare(await write(path, { ...fixedCase, cuts }), whole)).toBe(0)
  }
})

test('more pairs than the buffers hold, in batches smaller and larger than these', async () => {
  const path = join(testFolder(), 'heavy.npz')
  const count = 150_000
  const ramp = (step: number) => new Float64Array(count).map((_, i) => i * step)
  const sink = openHeavyNpz(path, { n: count, m: 3 })
  for (const [queryStart, pairCount] of [count, 7, 40_000].entries()) {
    await sink.add({
      queryStart,
      queryCount: 1,
      offsets: Uint32Array.of(0, pairCount),
      keyIds: ramp(1).subarray(0, pairCount),
      scores: ramp(1 / count ** 2).subarray(0, pairCount),
      dots: ramp(-2).subarray(0, pairCount),
      slack: Float64Array.of(0),
      uncertified: new Float64Array(0),
    })
  }
  await sink.finish({})
  const reader = readHeavyPairs(path)
  const batches = [...reader.batches()]
  reader.close()
  // Of bounded length, however long a query is.
  expect(batches.map((batch) => batch.queryIds.length)).toEqual([65_536, 65_536, 58_935])
  expect(batches[2].dots[count - 1 - 2 * 65_536]).toBe(-2 * (count - 1))
  expect([batches[2].queryIds.at(-1), batches[2].keyIds.at(-1)]).toEqual([2, 39_999])
})

/** One file for each of LIMITS, in a folder of their own. */
async function writeAll(): Promise<string[]> {
  const folder = testFolder()
  const paths = Object.keys(LIMITS).map((name) => join(folder, `${name.replaceAll(' ', '-')}.npz`))
  for (const [i, limits] of Object.values(LIMITS).entries()) await write(paths[i], fixedCase, limits)
  return paths
}

/** fixedCase as NumPy shows it. */
const asNumpy = (index: string) => ({
  plain: true,
  meta: META,
  types: {
    shape: 'int64',
    data: 'float64',
    indices: index,
    indptr: index,
    dots: 'float64',
    mass: 'float64',
    slack: 'float64',
    uncertified: 'int64',
  },
  values: {
    shape: [5, 100],
    data: [0.5, 0.25, 1e-300, 1],
    indices: [0, 12, 99, 7],
    indptr: [0, 0, 3, 3, 4, 4],
    dots: [-3.1, 2, 5e-324, -1e300],
    mass: [0, 0.875, 0, 1, null],
    slack: [0, 1e-12, 0, 2e-12, 0],
    uncertified: [2],
  },
})

describe('read by others', () => {
  test('SciPy opens each as a canonical csr matrix', { timeout: PYTHON_TIMEOUT_MS }, async (context) => {
    const python = pythonWith('scipy') ?? context.skip('no python3 with scipy here')
    const script = `
import json, sys, scipy.sparse
def seen(path):
    a = scipy.sparse.load_npz(path)
    a.check_format(full_check=True)
    c = a.tocoo()
    return dict(format=a.format, shape=a.shape, canonical=bool(a.has_canonical_format), dtype=str(a.dtype),
        pairs=[[int(r), int(k), float(v)] for r, k, v in zip(c.row, c.col, c.data)])
print(json.dumps([seen(path) for path in sys.argv[1:]]))`
    const expected = {
      format: 'csr',
      shape: [5, 100],
      canonical: true,
      dtype: 'float64',
      pairs: pairsOf(fixedCase).map(([query, key, score]) => [query, key, score]),
    }
    expect(runPython(python, script, await writeAll())).toEqual([expected, expected, expected, expected])
  })

  test(
    'NumPy reads every array of each, and Python finds the archives whole',
    { timeout: PYTHON_TIMEOUT_MS },
    async (context) => {
      const python = pythonWith('numpy') ?? context.skip('no python3 with numpy here')
      const script = `
import json, sys, zipfile, numpy as np
def seen(path):
    with zipfile.ZipFile(path) as f:
        assert f.testzip() is None
        plain = all(i.date_time == (1980, 1, 1, 0, 0, 0) and i.compress_type == 0 for i in f.infolist())
    z = np.load(path)
    numbers = [k for k in z.files if k not in ('meta', 'format')]
    return dict(plain=plain, meta=json.loads(z['meta'].item()), types={k: str(z[k].dtype) for k in numbers},
        values={k: [None if v != v else v for v in z[k].tolist()] for k in numbers})
print(json.dumps([seen(path) for path in sys.argv[1:]]))`
      const types = ['int32', 'int64', 'int32', 'int32']
      expect(runPython(python, script, await writeAll())).toEqual(types.map(asNumpy))
    },
  )

  test('the file that NumPy wrote without us is read (golden)', () => {
    const path = new URL('../../golden/outputs/heavy-numpy.npz', import.meta.url).pathname
    const reader = readHeavyPairs(path)
    expect(pairsIn(reader.batches())).toEqual(pairsOf(fixedCase))
    expect(reader.meta).toEqual(META)
    expect(reader.shape).toEqual({ n: 100, m: 5 })
    reader.close()
  })
})

const open = (folder: string) => openHeavyNpz(join(folder, 'heavy.npz'), { n: 100, m: 5 })

describe('nothing is left behind', () => {
  test('by abort at any time, and an aborted sink does not finish', async () => {
    const folder = testFolder()
    const sink = open(folder)
    sink.abort()
    expect(fs.readdirSync(folder)).toEqual([])
    await rejectionOf('Internal', sink.finish({}))
    const later = open(folder)
    await addAll(later, fixedCase)
    later.abort()
    later.abort()
    expect(fs.readdirSync(folder)).toEqual([])
  })

  test('while it is written there is one hidden file: the spill files have no names', () => {
    const folder = testFolder()
    const sink = open(folder)
    expect(fs.readdirSync(folder)).toHaveLength(1)
    sink.abort()
  })

  test('by a write that fails, wherever it happens', async () => {
    for (let nth = 0; ; nth++) {
      const folder = testFolder()
      const sink = open(folder)
      const stub = failSystemCall('writeSync', 'ENOSPC', nth)
      const run = addAll(sink, fixedCase).then(() => sink.finish(META))
      const outcome = await run.then(
        () => 'finished',
        (error: unknown) => error,
      )
      stub.restore()
      if (outcome === 'finished') {
        expect(nth).toBeGreaterThan(20) // every write has had its turn
        return
      }
      expect(outcome).toMatchObject({ tag: 'CannotWrite', place: { file: join(folder, 'heavy.npz') } })
      expect(String(outcome)).toContain('the disk is full')
      expect(fs.readdirSync(folder)).toEqual([])
    }
  })

  test('by an output that cannot be opened, or a spill file once there is more than stays in memory', async () => {
    const pairs = 40_000
    const column = Float64Array.from({ length: pairs }, (_, i) => i)
    const batch: SinkBatch = {
      queryStart: 0,
      queryCount: 1,
      offsets: Uint32Array.of(0, pairs),
      keyIds: column,
      scores: column,
      dots: column,
      slack: Float64Array.of(0),
      uncertified: new Float64Array(0),
    }
    for (let nth = 0; nth < 5; nth++) {
      const folder = testFolder()
      const stub = failSystemCall('openSync', 'EMFILE', nth)
      const spill = async () => await openHeavyNpz(join(folder, 'heavy.npz'), { n: pairs, m: 1 }).add(batch)
      // The output, and three columns that are longer than what is held.
      if (nth < 4) await expect(spill()).rejects.toMatchObject({ tag: 'CannotWrite' })
      else await spill()
      stub.restore()
      if (nth < 4) expect(fs.readdirSync(folder)).toEqual([])
    }
  })

  test('in a folder of its own choice for temporary files', async () => {
    const [folder, tmp] = [testFolder(), testFolder()]
    const sink = openHeavyNpz(join(folder, 'heavy.npz'), { n: 100, m: 5, tmp })
    await addAll(sink, fixedCase)
    await sink.finish(META)
    expect([fs.readdirSync(folder), fs.readdirSync(tmp)]).toEqual([['heavy.npz'], []])
    const missing = join(tmp, 'missing')
    const error = errorOf('CannotWrite', () =>
      openHeavyNpz(join(folder, 'b.npz'), { n: 1, m: 1, tmp: missing }),
    )
    expect(error.message).toContain(missing)
    expect(fs.readdirSync(folder)).toEqual(['heavy.npz'])
  })
})

describe('batches that do not follow', () => {
  const first = [...batchesOf({ ...fixedCase, cuts: [2] })][0]
  const changes: [string, Partial<SinkBatch>][] = [
    ['a gap', { queryStart: 1 }],
    ['more queries than m', { queryCount: 6 }],
    ['offsets that do not end at the pairs', { offsets: Uint32Array.of(0, 0, 2) }],
    ['offsets that fall', { offsets: Uint32Array.of(0, 4, 3) }],
    ['offsets that begin later', { offsets: Uint32Array.of(1, 1, 3) }],
    ['keys that fall', { keyIds: Float64Array.of(12, 0, 99) }],
    ['a key twice', { keyIds: Float64Array.of(0, 0, 99) }],
    ['a key above n', { keyIds: Float64Array.of(0, 1, 100) }],
    ['a NaN key', { keyIds: Float64Array.of(0, NaN, 99) }],
    ['missing scores', { scores: Float64Array.of(1) }],
    ['missing dots', { dots: Float64Array.of(1) }],
    ['missing slack', { slack: Float64Array.of(1) }],
    ['missing mass', { mass: Float64Array.of(1) }],
  ]
  test.each(changes)('%s: Internal, and the sink has removed its file', async (_, change) => {
    const folder = testFolder()
    const sink = openHeavyNpz(join(folder, 'heavy.npz'), { n: 100, m: 5 })
    await rejectionOf('Internal', sink.add({ ...first, ...change }))
    expect(fs.readdirSync(folder)).toEqual([])
  })

  test('mass in some batches only; a finish before the last query', async () => {
    const folder = testFolder()
    const sink = openHeavyNpz(join(folder, 'heavy.npz'), { n: 100, m: 5 })
    const [one, two] = [...batchesOf({ ...fixedCase, cuts: [2] })]
    const { mass: _, ...without } = two
    await sink.add(one)
    await rejectionOf('Internal', sink.add(without))
    const early = openHeavyNpz(join(folder, 'heavy.npz'), { n: 100, m: 5 })
    await early.add(one)
    expect((await rejectionOf('Internal', early.finish({}))).message).toContain('queries 2 to 4')
    expect(fs.readdirSync(folder)).toEqual([])
  })
})
