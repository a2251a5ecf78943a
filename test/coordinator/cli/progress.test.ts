// Catches: a stage of one long task that shows nothing, a bar for a job of less than a second, one that a narrow terminal
// cuts. Cannot catch: how a real terminal draws it.
import { PassThrough } from 'node:stream'
import { progressOn } from '#coordinator/cli/text/progress'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A stream that takes itself for a terminal, and what was written to it. */
function terminal(columns: number) {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns })
  const text = { written: '' }
  stream.setEncoding('utf8').on('data', (piece: string) => (text.written += piece))
  return { stream, text }
}

test.each([40, 80, 200])(
  'a bar is shown a second after the start, as wide as %i columns',
  async (columns) => {
    const { stream, text } = terminal(columns)
    const view = progressOn(stream, true)
    view.show({ stage: 'verify', done: 0, total: 9 })
    await vi.advanceTimersByTimeAsync(999)
    expect(text.written).toBe('')
    await vi.advanceTimersByTimeAsync(1)
    vi.useRealTimers()
    const drawn = /\[ +\] {3}0 %  (?:\d+ min )?\d+ s[ a-z]*/
    await vi.waitFor(() => expect(text.written).toMatch(drawn), { timeout: 60_000 })
    const [bar] = drawn.exec(text.written) ?? ['']
    expect(bar).toHaveLength(columns - 1)
    view.stop()
  },
)

test('a log goes on while nothing new is told, as between passes of many columns', async () => {
  const stream = new PassThrough()
  let written = ''
  stream.setEncoding('utf8').on('data', (piece: string) => (written += piece))
  const view = progressOn(stream, false)
  view.show({ stage: 'map', done: 9, total: 9 })
  await vi.advanceTimersByTimeAsync(500)
  view.show({ stage: 'reduce', done: 0, total: 1 })
  await vi.advanceTimersByTimeAsync(5000)
  view.stop()
  await vi.advanceTimersByTimeAsync(5000)
  expect(written).toBe('factoring: 1 s\nfactoring: 3 s\nfactoring: 5 s\n')
})

test('a job that ends before shows none', async () => {
  const { stream, text } = terminal(80)
  const view = progressOn(stream, true)
  view.show({ stage: 'map', done: 0, total: 9 })
  view.stop()
  await vi.advanceTimersByTimeAsync(2000)
  expect(text.written).toBe('')
})
