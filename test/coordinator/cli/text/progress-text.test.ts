// Catches: a wrong unit, shards where people count rows, a line that is not as wide as the terminal, counts that a narrow one
// cuts. Cannot catch: how a real terminal draws it.
import { barLine, countsText, doingText, progressLine, timeTexts } from '#coordinator/cli/text/progress-text'
import { type Progress, progressOfPasses } from '#coordinator/tasks/progress'
import { expect, test } from 'vitest'

const time = { share: 0.384, elapsedSeconds: 12.4, leftSeconds: 19.6 }
const reading: Progress = { stage: 'map', done: 3, total: 16, rowsDone: 1_310_720, rowsTotal: 10_000_000 }

test('rows and queries are counted, and tasks where they are what people know', () => {
  const rows = { done: 3, total: 16, rowsDone: 300, rowsTotal: 1600 }
  const told = (['map', 'query', 'generate', 'score', 'verify', 'head'] as const).map((stage) =>
    countsText({ stage, ...rows }),
  )
  expect(told).toEqual([
    '300 of 1,600 rows',
    '300 of 1,600 queries',
    '300 of 1,600 rows',
    '300 of 1,600 rows',
    '',
    '3 of 16 heads',
  ])
  expect(countsText({ stage: 'map', done: 3, total: 16 })).toBe('')
})

test('a pass among several says which it is, and a total that may shrink that it may', () => {
  expect(doingText({ stage: 'refine', done: 3, total: 16, pass: 2 })).toBe('weighing keys (pass 2)')
  const ofMany: Progress = { stage: 'refine', done: 3, total: 16, pass: 2, mostPasses: 16 }
  expect(doingText(ofMany)).toBe('weighing keys (pass 2 of at most 16)')
  expect(doingText({ stage: 'refine', done: 3, total: 16 })).toBe('reading keys again')
  expect(doingText({ stage: 'exact', done: 3, total: 16, pass: 3 })).toBe('deciding exactly (pass 3)')
  const steps = { stage: 'steps', done: 24, total: 400 } as const
  expect(countsText({ ...steps, isMost: true })).toBe('24 of at most 400 steps')
  expect(countsText({ ...steps, isMost: false })).toBe('24 of 400 steps')
})

test('heads of a part of a job are told with what it does', () => {
  const running: Progress = { stage: 'head', done: 4, total: 12 }
  expect(progressLine(running, time, 'searching softmax pairs')).toMatch(
    /^searching softmax pairs: 4 of 12 heads;/,
  )
  expect(barLine(running, time, 120, 'scoring keys')).toContain('scoring keys, 4 of 12 heads')
  expect(doingText(reading, 'scoring keys')).toBe('reading keys')
})

test('passes of which only the work knows the number are one stage that never goes back', () => {
  const shares: number[] = []
  const tell = ({ stage, done, total }: Progress) => {
    expect([stage, total]).toEqual(['select', 1000])
    shares.push(done)
  }
  for (const [from, to] of [
    [0, 0.2],
    [0.2, 1],
  ]) {
    const { onProgress, end } = progressOfPasses(tell, 'select', { from, to })
    for (const stage of ['map', 'select', 'select'] as const)
      for (const done of [0, 1, 2, 4]) onProgress!({ stage, done, total: 4 })
    end()
  }
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  expect([shares[4], shares.includes(200), shares.at(-1)]).toEqual([100, true, 1000])
  expect(progressOfPasses(undefined, 'select', { from: 0, to: 1 }).onProgress).toBeUndefined()
})

test('a line of a log has counts, share of the whole, elapsed and left', () => {
  expect(progressLine(reading, time)).toBe(
    'reading keys: 1,310,720 of 10,000,000 rows; 38 % of all in 12 s, about 20 s left',
  )
  expect(progressLine({ stage: 'reduce', done: 0, total: 1 }, { share: 0, elapsedSeconds: 1 })).toBe(
    'factoring: 1 s',
  )
})

test('what is left is told once it is worth a word', () => {
  expect(timeTexts({ share: 0.5, elapsedSeconds: 1, leftSeconds: 9 })).toEqual(['50 %', '1 s'])
  expect(timeTexts({ share: 0.99, elapsedSeconds: 99, leftSeconds: 1 })).toEqual(['99 %', '99 s'])
  expect(timeTexts({ share: 0.1, elapsedSeconds: 400, leftSeconds: 3654 })).toEqual([
    '10 %',
    '6 min 40 s',
    '61 min 40 s left',
  ])
})

test.each([30, 40, 80, 120, 200])('a line fills %i columns but the last', (columns) => {
  const line = barLine(reading, time, columns)
  expect(line).toHaveLength(columns - 1)
  expect(line).toMatch(/^\[=+ +\]  38 %  12 s/)
  expect(line.includes('12 s, 20 s left  reading keys, 1.31M of 10.0M rows')).toBe(columns >= 120)
  expect(line.includes('12 s, 20 s left  reading keys')).toBe(columns >= 80)
  expect(line.indexOf(']') + 1).toBe({ 30: 12, 40: 12, 80: 31, 120: 57, 200: 137 }[columns])
})

test.each([40, 80, 120])(
  'of %i columns the bar has one width and never gets shorter, whatever stands behind it',
  (columns) => {
    const long: Progress = { stage: 'exact', done: 1, total: 9, rowsDone: 1, rowsTotal: 2e9, pass: 3 }
    const times = [0, 0.1, 0.384, 0.5, 1].flatMap((share) => [
      { share, elapsedSeconds: 1 },
      { share, elapsedSeconds: 4000, leftSeconds: 3654 },
    ])
    const bars = times.flatMap((one) =>
      [reading, long, { stage: 'reduce', done: 0, total: 1 } as const].map((progress) => {
        const line = barLine(progress, one, columns)
        expect(line).toHaveLength(columns - 1)
        return /^\[(=* *)\]/.exec(line)![1]
      }),
    )
    expect(new Set(bars.map(({ length }) => length)).size).toBe(1)
    const full = bars.map((bar) => bar.trimEnd().length)
    expect(full).toEqual(full.toSorted((a, b) => a - b))
  },
)
