// Catches: memory, descriptors, threads and listeners that calls of the library keep after their input was refused, or their
// caller gave up. Cannot catch: less than a megabyte a call.
import { getEventListeners } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { levattention } from '@levattention/coordinator'
import { matrix, openHeads, openMatrix, openUniversalSet } from '@levattention/core'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../core/inputs/fixtures.ts'
import { tiered } from '../../support/tier.ts'

const [ROWS, COLS] = [9000, 512]
const numbers = Float32Array.from({ length: ROWS * COLS }, (_, i) => Math.sin(i))
const refused = matrix(
  numbers.map((value, i) => (i === 5 ? NaN : value)),
  { rows: ROWS, cols: COLS },
)
const keys = matrix(numbers.subarray(0, ROWS * 8), { rows: ROWS, cols: 8 })
const refusedQueries = matrix(
  numbers.subarray(0, 8000).map((value, i) => (i === 7005 ? Infinity : value)),
  { rows: 1000, cols: 8 },
)

const heldMiB = () => process.memoryUsage.rss() / 2 ** 20
const descriptors = () => readdirSync('/proc/self/fd').length
const threads = () => readdirSync('/proc/self/task').length
const tagOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: unknown) => (error as { tag: string }).tag,
  )

const onLinux = process.platform === 'linux' ? test : test.skip

/** Calls that are refused, as often as told, and some that are given up; how much memory the former took, in MiB. */
async function callInVain(workers: number, times: number, signal: AbortSignal): Promise<number> {
  const lev = await levattention({ workers })
  const universal = await lev.universalSet(keys, { epsilon: 0.2 })
  // One task: what is under way when another is refused is given up with its thread, and the thread's memory.
  const refuse = async () =>
    expect(await tagOf(lev.universalSet(refused, { shards: 1, signal }))).toBe('Content')
  await refuse()
  const before = heldMiB()
  for (let i = 0; i < times; i++) await refuse()
  const taken = heldMiB() - before
  for (let i = 0; i < 3; i++) {
    expect(await tagOf(lev.sample(refused, { rows: 10, signal }))).toBe('Content')
    expect(await tagOf(lev.heavyAttentions(universal, refusedQueries, { signal }).next())).toBe('Content')
    const caller = new AbortController()
    const call = lev.universalSet(keys, { p: 3, signal: caller.signal })
    setImmediate(() => caller.abort())
    expect(await tagOf(call)).toBe('Aborted')
    expect(getEventListeners(caller.signal, 'abort')).toEqual([])
  }
  await lev.close()
  return taken
}

onLinux.each(tiered([1], [0, 1]))(
  'calls that are refused or given up keep nothing, workers: %d',
  async (workers) => {
    const { signal } = new AbortController()
    await callInVain(workers, 0, signal) // Loads what stays.
    const before = { descriptors: descriptors(), threads: threads() }
    const times = tiered(15, 30)
    expect(await callInVain(workers, times, signal)).toBeLessThan(2 * times) // Each would keep 4.
    await expect.poll(descriptors).toBeLessThanOrEqual(before.descriptors)
    await expect.poll(threads).toBeLessThanOrEqual(before.threads)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  },
)

onLinux('a file that is refused is closed', async () => {
  const before = descriptors()
  const folder = temporaryFolder()
  const path = (name: string) => join(folder, name)
  writeFileSync(path('nan.raw'), Float32Array.of(1, NaN, 2, 3))
  for (const name of ['damaged.npy', 'damaged.npz', 'damaged.safetensors', 'damaged.lev'])
    writeFileSync(path(name), 'PK\x03\x04 is what it is not')
  const lev = await levattention({ workers: 0 })
  for (let i = 0; i < 5; i++) {
    for (const name of ['damaged.npy', 'damaged.npz', 'damaged.safetensors']) {
      expect(() => openMatrix(path(name))).toThrow()
      expect(() => openHeads(path(name))).toThrow()
    }
    expect(() => openUniversalSet(path('damaged.lev'))).toThrow()
    const source = openMatrix(path('nan.raw'), { dtype: 'f32', cols: 2 })
    expect(await tagOf(lev.universalSet(source))).toBe('Content')
    source.close()
  }
  await lev.close()
  expect(descriptors()).toBe(before)
})

test('a session leaves no listener on the signal of its calls', async () => {
  const lev = await levattention({ workers: 0 })
  const session = await lev.session(await lev.universalSet(keys, { epsilon: 0.2 }), { actors: 1 })
  const { signal } = new AbortController()
  await Promise.all([1, 2, 3].map(() => session.query(numbers.subarray(0, 80), { signal })))
  expect(await tagOf(session.query(Float32Array.of(1, 2, 3, 4, 5, 6, 7, NaN), { signal }))).toBe('Content')
  expect(getEventListeners(signal, 'abort')).toEqual([])
  await lev.close()
})
