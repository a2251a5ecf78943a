// NaN and infinity that come through a pipe. Catches: a count that ends with the block or with the error, an error that waits
// for a sender who is silent, an abort that is not heard meanwhile. Cannot catch: what is read from files (cli/not-finite.test.ts).
import { Readable } from 'node:stream'
import { build } from '#coordinator/jobs/build'
import { withJob } from '#coordinator/job/job'
import { afterEach, expect, test, vi } from 'vitest'
import { rejection } from './support.ts'
import { asRaw, at, built, d, keys, n, part, piped, raw, ran, useFolder } from './stream-support.ts'

useFolder()
afterEach(() => vi.useRealTimers())

const data = keys.data.slice()
data[100 * d + 2] = NaN
data[100 * d + 3] = -Infinity
data[8999 * d] = Infinity
const bad = { ...keys, data }

test('all of a stream is counted, in pieces of any size, appended or at once', async () => {
  await built({ keys: [at('K.npy')] }, 'u.lev')
  const want = { file: 'standard input', input: 'keys', row: 100, column: 2, value: 'NaN' }
  const counts = { count: 3, infiniteCount: 2, rowCount: 2, columns: [0, 2, 3] }
  for (const most of [90, 1e6]) {
    const stdin = piped(raw(bad), 3, most)
    for (const more of [{}, { p: 3 }, { append: at('u.lev') }, { rowOffset: 7 }]) {
      const error = await rejection(built({ stdin, ...asRaw, ...more }, 'v.lev'), 'Content')
      expect(error.place).toEqual({ ...want, ...counts })
      expect(error.message).toContain('3 values are NaN or infinite, in 2 rows, columns 0, 2 and 3. Every')
    }
    expect((await rejection(ran({ stdin, ...asRaw }, 'h.npz'), 'Content')).place).toEqual({
      ...want,
      ...counts,
    })
  }
})

test('a stream that ends wrongly as well is counted as far as it goes', async () => {
  const stdin = piped(raw(part(bad, 0, n - 1)).slice(0, -3))
  const error = await rejection(built({ stdin, ...asRaw }, 'u.lev'), 'Content')
  expect(error.message).toContain('at least 2 values are NaN or infinite, in 1 row, columns 2 and 3')
})

/** More than a block, with all bad values in the first, and then nothing for ever. */
async function* silent(onSilent: () => void = () => undefined) {
  yield raw(bad)
  for (let i = 0; i < 3; i++) yield raw(keys)
  onSilent()
  await new Promise(() => undefined)
}

test('a sender that falls silent does not keep the error back for ever', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const failing = rejection(built({ stdin: () => Readable.from(silent()), ...asRaw }, 'u.lev'), 'Content')
  const state = { isTold: false }
  void failing.finally(() => (state.isTold = true))
  while (!state.isTold) {
    await new Promise(setImmediate)
    vi.advanceTimersByTime(1000)
  }
  expect((await failing).message).toContain(
    'at least 3 values are NaN or infinite, in 2 rows, columns 0, 2 and 3',
  )
})

test('an abort is heard while the rest is counted', async () => {
  const stop = new AbortController()
  const stdin = () => Readable.from(silent(() => setImmediate(() => stop.abort())))
  const endless = { keys: ['-'], stdin, ...asRaw, epsilon: 0.1, signal: stop.signal, out: [at('u.lev')] }
  const failing = withJob({ workers: 0, signal: stop.signal }, (job) => build(endless, job))
  await rejection(failing, 'Aborted')
})
