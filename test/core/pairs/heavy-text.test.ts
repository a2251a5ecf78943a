// Catches: lines that another program cannot read, numbers that lose digits, a slow or gone reader that fills the memory
// or ends in a crash, damaged lines that pass. Cannot catch: what a terminal or shell does to the bytes after us.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import {
  isClosedPipe,
  openHeavySink,
  openHeavyStream,
  openHeavyText,
  readHeavyPairs,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addAll, fixedCase, heavyCase, pairsIn, pairsOf, readAll, type HeavyCase } from './heavy-support.ts'
import {
  PYTHON_TIMEOUT_MS,
  failSystemCall,
  pythonWith,
  rejectionOf,
  runPython,
  testFolder,
} from '../files/output-support.ts'

const shapeOf = (heavy: HeavyCase) => ({ n: heavy.n, m: heavy.rows.length })

async function writeText(path: string, heavy: HeavyCase): Promise<string> {
  const sink = openHeavySink(path, { ...shapeOf(heavy), force: true })
  await addAll(sink, heavy)
  await sink.finish({})
  return fs.readFileSync(path, 'utf8')
}

/** A case of 1 query with one key and this dot. */
function oneDot(dot: number): HeavyCase {
  return {
    n: 1,
    rows: [{ keys: [0], scores: [1], dots: [dot] }],
    mass: undefined,
    slack: [0],
    uncertified: [],
    cuts: [],
  }
}

test('the lines are those of the contract', async () => {
  const folder = testFolder()
  expect(await writeText(join(folder, 'h.ndjson'), fixedCase)).toBe(
    '{"query":1,"key":0,"score":0.5,"dot":-3.1}\n' +
      '{"query":1,"key":12,"score":0.25,"dot":2}\n' +
      '{"query":1,"key":99,"score":1e-300,"dot":5e-324}\n' +
      '{"query":3,"key":7,"score":1,"dot":-1e+300}\n',
  )
  expect(await writeText(join(folder, 'h.csv'), fixedCase)).toBe(
    'query,key,score,dot\n1,0,0.5,-3.1\n1,12,0.25,2\n1,99,1e-300,5e-324\n3,7,1,-1e+300\n',
  )
  expect(fs.readdirSync(folder).sort()).toEqual(['h.csv', 'h.ndjson'])
})

test('no pairs: an empty .ndjson, a .csv of its header, both read back as none', async () => {
  const folder = testFolder()
  const none: HeavyCase = { ...fixedCase, rows: [], mass: undefined, slack: [], uncertified: [], cuts: [] }
  expect(await writeText(join(folder, 'h.ndjson'), none)).toBe('')
  expect(await writeText(join(folder, 'h.csv'), none)).toBe('query,key,score,dot\n')
  expect([readAll(join(folder, 'h.ndjson')), readAll(join(folder, 'h.csv'))]).toEqual([[], []])
})

test('dots that overflowed: null in .ndjson (JSON has no infinity), inf in .csv; -0 keeps its sign', async () => {
  const folder = testFolder()
  const cases: [number, string, string, number][] = [
    [Infinity, 'null', 'inf', NaN],
    [-Infinity, 'null', '-inf', NaN],
    [-0, '-0', '-0', -0],
  ]
  for (const [dot, json, csv, readJson] of cases) {
    expect(await writeText(join(folder, 'h.ndjson'), oneDot(dot))).toContain(`"dot":${json}}`)
    expect(await writeText(join(folder, 'h.csv'), oneDot(dot))).toContain(`0,0,1,${csv}\n`)
    expect(readAll(join(folder, 'h.ndjson'))).toEqual([[0, 0, 1, readJson]])
    expect(readAll(join(folder, 'h.csv'))).toEqual([[0, 0, 1, dot]])
  }
})

test.each(['ndjson', 'csv'])('every number comes back bit for bit from .%s', async (extension) => {
  const folder = testFolder()
  const path = join(folder, `h.${extension}`)
  await fc.assert(
    fc.asyncProperty(heavyCase, async (heavy) => {
      await writeText(path, heavy)
      expect(readAll(path)).toEqual(pairsOf(heavy))
    }),
    { numRuns: 30 },
  )
  expect(fs.readdirSync(folder)).toEqual([`h.${extension}`])
})

test('Python reads both with its own json and csv', { timeout: PYTHON_TIMEOUT_MS }, async (context) => {
  const python = pythonWith('numpy') ?? context.skip('no python3 here')
  const folder = testFolder()
  await writeText(join(folder, 'h.ndjson'), fixedCase)
  await writeText(join(folder, 'h.csv'), fixedCase)
  const script = `
import csv, json, sys
with open(sys.argv[1] + '/h.ndjson') as f:
    a = [[o['query'], o['key'], o['score'], o['dot']] for o in map(json.loads, f)]
with open(sys.argv[1] + '/h.csv', newline='') as f:
    b = [[int(o['query']), int(o['key']), float(o['score']), float(o['dot'])] for o in csv.DictReader(f)]
print(json.dumps([a, b]))`
  expect(runPython(python, script, [folder])).toEqual([pairsOf(fixedCase), pairsOf(fixedCase)])
})

test('many queries: batches of bounded length, over the chunk and line buffers', async () => {
  const path = join(testFolder(), 'h.csv')
  const rows = Array.from({ length: 30_000 }, (_, i) => ({
    keys: [0, 1, 2, 3, 4],
    scores: [0.2, 0.2, 0.2, 0.2, 0.2],
    dots: [i, 1, 1, 1, 1],
  }))
  const heavy: HeavyCase = {
    n: 5,
    rows,
    mass: undefined,
    slack: rows.map(() => 0),
    uncertified: [],
    cuts: [],
  }
  expect((await writeText(path, heavy)).split('\n').length).toBe(150_002)
  const reader = readHeavyPairs(path)
  const batches = [...reader.batches()]
  expect(batches.map((batch) => batch.queryIds.length)).toEqual([
    ...Array(146).fill(1024),
    150_000 - 146 * 1024,
  ])
  expect(JSON.stringify(pairsIn(batches)) === JSON.stringify(pairsOf(heavy))).toBe(true)
  expect(pairsIn(reader.batches()).length).toBe(150_000) // a second time from the beginning
  expect([reader.meta, reader.shape, reader.uncertified, reader.perQuery('mass', 0, 1)]).toEqual(
    Array(4).fill(undefined),
  )
  reader.close()
})

describe('a file that cannot be written', () => {
  test.each(['ndjson', 'csv'] as const)('ENOSPC leaves nothing (%s)', async (format) => {
    const folder = testFolder()
    const sink = openHeavyText(join(folder, 'h'), format, shapeOf(fixedCase))
    failSystemCall('writeSync', 'ENOSPC', 0)
    await addAll(sink, fixedCase) // still in the buffer
    expect((await rejectionOf('CannotWrite', sink.finish({}))).message).toContain('the disk is full')
    expect(fs.readdirSync(folder)).toEqual([])
  })

  test('disorder and abort leave nothing', async () => {
    const folder = testFolder()
    const sink = openHeavyText(join(folder, 'h'), 'csv', { n: 1, m: 5 })
    await rejectionOf('Internal', addAll(sink, fixedCase))
    openHeavyText(join(folder, 'h'), 'csv', shapeOf(fixedCase)).abort()
    const early = openHeavyText(join(folder, 'h'), 'csv', shapeOf(fixedCase))
    await rejectionOf('Internal', early.finish({}))
    expect(fs.readdirSync(folder)).toEqual([])
  })
})

describe('a stream', () => {
  const long: HeavyCase = {
    n: 1000,
    rows: Array.from({ length: 20 }, () => {
      const keys = Array.from({ length: 1000 }, (_, i) => i)
      return { keys, scores: keys.map(() => 0.001), dots: keys }
    }),
    mass: undefined,
    slack: Array.from({ length: 20 }, () => 0),
    uncertified: [],
    cuts: Array.from({ length: 20 }, () => 1),
  }

  test('slow: add waits for it, so that no more than a chunk is ever queued, and all arrives', async () => {
    const chunks: Buffer[] = []
    let largestQueue = 0
    const stream = new Writable({
      highWaterMark: 1024,
      write(chunk: Buffer, _, done) {
        chunks.push(chunk)
        largestQueue = Math.max(largestQueue, stream.writableLength)
        setImmediate(done)
      },
    })
    const sink = openHeavySink('-', { ...shapeOf(long), stream })
    await addAll(sink, long)
    await sink.finish({})
    expect(largestQueue).toBeLessThan(70_000)
    expect(chunks.length).toBeGreaterThan(5)
    const lines = Buffer.concat(chunks).toString().trimEnd().split('\n')
    expect(lines.map((line) => Object.values(JSON.parse(line) as object))).toEqual(pairsOf(long))
    expect(stream.listenerCount('error')).toBe(0)
    expect(stream.writable).toBe(true) // it is the caller's
  })

  test('whose reader goes away: CannotWrite, known as a closed pipe, and no crash', async () => {
    const script = `
      import { isClosedPipe, openHeavySink } from '@levattention/core/internal'
      const sink = openHeavySink('-', { n: 1, m: 1e9, stream: process.stdout })
      const one = Float64Array.of(0)
      const add = (queryStart) => sink.add({ queryStart, queryCount: 1, offsets: Uint32Array.of(0, 1),
        keyIds: one, scores: one, dots: one, slack: one, uncertified: new Float64Array(0) })
      try {
        for (let query = 0; ; query++) await add(query)
      } catch (error) {
        console.error(error.tag, isClosedPipe(error))
      }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.once('data', () => child.stdout.destroy())
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [status] = (await once(child, 'close')) as [number]
    expect([said, status]).toEqual(['CannotWrite true\n', 0])
  })

  test('that its owner has destroyed: CannotWrite', async () => {
    const stream = new Writable({ write: (_, __, done) => done() })
    stream.destroy()
    await rejectionOf('CannotWrite', addAll(openHeavyStream(stream, 'ndjson', shapeOf(long)), long))
  })

  test('on a full device', async (context) => {
    if (!fs.existsSync('/dev/full')) context.skip('no /dev/full here')
    const sink = openHeavyStream(fs.createWriteStream('/dev/full'), 'csv', shapeOf(long))
    const error = await rejectionOf('CannotWrite', addAll(sink, long))
    expect(error.message).toContain('the disk is full')
    expect(isClosedPipe(error)).toBe(false)
  })
})
