// Catches: a crafted file whose refusal takes long or much memory, in a process as people start it: what a header promises is not to
// be allocated. Cannot catch: files that are large themselves.
import { readFileSync, writeFileSync } from 'node:fs'
import { canonicalMsgpack, encodePreamble } from '@levattention/core/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { crafted } from '../../support/crafted-lev.ts'
import { resealed } from '../../core/lev/lev-support.ts'
import { ended, gaussianRows, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const MOST_BYTES = 300e6
const MOST_SECONDS = 1

beforeAll(async () => {
  work.npy('K.npy', [9000, 3], gaussianRows(9000, 3, 1, 20))
  for (const [out, ...args] of [
    ['good.lev'],
    ['causal.lev', '--causal', '--shard-rows', '4096'],
    ['sketch.lev', '--method', 'sketch'],
    ['power.lev', '--p', '3', '--passes', '1'],
  ])
    await runHere(work, 'build', 'K.npy', '--out', out, '--quiet', ...args)
  // Tells at its end what the process took: the peak of its own program (Linux counts the test's in getrusage's, until exec),
  // and the seconds of the processor, which others may be using meanwhile.
  writeFileSync(
    work.path('usage.cjs'),
    `process.on('exit', () => {
  const [, kib] = /^VmHWM:\\s*(\\d+) kB/m.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))
  const { user, system } = process.cpuUsage()
  process.stderr.write('rss ' + kib * 1024 + ' seconds ' + (user + system) / 1e6 + '\\n')
})`,
  )
})

function header(record: Uint8Array, blockCount = 0): Uint8Array {
  const totalBytes = 64 + Math.ceil(record.length / 64) * 64 + 32
  const bytes = new Uint8Array(totalBytes)
  bytes.set(
    encodePreamble({ formatVersion: 1, kindNumber: 1, headerBytes: record.length, blockCount, totalBytes }),
  )
  bytes.set(record, 64)
  return resealed(bytes)
}

const file = (name: string) => readFileSync(work.path(name))
const CASES: Record<string, () => Uint8Array> = {
  '10^9 rows, of a causal set in shards of one row': () =>
    crafted(file('causal.lev'), ({ header: meta }) =>
      Object.assign(meta, { rowCount: 10 ** 9, ranges: [[0, 10 ** 9]], shardRows: 1 }),
    ),
  '10^9 rows': () =>
    crafted(file('good.lev'), ({ header: meta }) =>
      Object.assign(meta, { rowCount: 10 ** 9, ranges: [[0, 10 ** 9]] }),
    ),
  '1024 columns': () => crafted(file('good.lev'), ({ header: meta }) => Object.assign(meta, { dim: 1024 })),
  '2^31 rows of sketches': () =>
    crafted(file('sketch.lev'), ({ header: meta }) =>
      Object.assign(meta, { sketchRows: 2 ** 31, sketchCount: 2 ** 20 }),
    ),
  'a sample of 2^53 rows': () =>
    crafted(file('power.lev'), ({ header: meta }) =>
      Object.assign(meta, { sampleRows: 2 ** 53 - 1, sampleSeed: 9 }),
    ),
  'a list of 2^25 values': () => header(Uint8Array.of(0xdd, 1, 0xff, 0xff, 0xff)),
  'two million maps': () => {
    const record = new Uint8Array(2 * 2 ** 20).fill(0x80)
    record.set([0x81, 0xa1, 0x61, 0xdd], 0)
    new DataView(record.buffer).setUint32(4, record.length - 8)
    return header(record)
  },
  'two million lists': () => {
    const record = new Uint8Array(2 * 2 ** 20).fill(0x90)
    record.set([0x81, 0xa1, 0x61, 0xdd], 0)
    new DataView(record.buffer).setUint32(4, record.length - 8)
    return header(record)
  },
  'ranges without number': () => {
    const ranges = Array.from({ length: 150_000 }, (_, i) => [3 * i, 3 * i + 1])
    return header(canonicalMsgpack({ blocks: [], meta: { ranges } }))
  },
}

test.each(Object.keys(CASES))('%s: refused in less than a second and 300 MB', async (name) => {
  writeFileSync(work.path('bad.lev'), CASES[name]())
  const child = work.start(['inspect', 'bad.lev'], {
    env: { NODE_OPTIONS: `--require ${work.path('usage.cjs')}` },
  })
  const { exitCode, stderr } = await ended(child)
  expect(exitCode, stderr).toBe(65)
  const [, bytes, seconds] = /rss (\d+) seconds ([\d.]+)/.exec(stderr)!.map(Number)
  expect(bytes, `${name}: bytes`).toBeLessThan(MOST_BYTES)
  // What the process takes to start is not the refusal's.
  const idle = await ended(
    work.start(['--version'], { env: { NODE_OPTIONS: `--require ${work.path('usage.cjs')}` } }),
  )
  const [, , start] = /rss (\d+) seconds ([\d.]+)/.exec(idle.stderr)!.map(Number)
  expect(seconds - start, `${name}: seconds`).toBeLessThan(MOST_SECONDS)
})
