// Catches: a wrong unit, a rest told too early, of another stage, or of another pace. Cannot catch: that a pace changes.
import { ProgressText } from '#coordinator/cli/text/progress-text'
import { expect, test } from 'vitest'

test('counts have their units', () => {
  const text = new ProgressText()
  const said = (['map', 'query', 'generate', 'score', 'verify'] as const).map((stage) => {
    const progress = { stage, done: 3, total: 16 }
    text.watch(progress, 0)
    return `${text.doing(progress)}: ${text.counts(progress, 1)}`
  })
  expect(said).toEqual([
    'reading keys: 3 of 16 shards',
    'searching queries: 3 of 16 batches',
    'making rows: 3 of 16 blocks',
    'scoring keys: 3 of 16 shards',
    'trying queries: 3 of 16 parts',
  ])
})

test('a pass among several says which it is, and a total that may shrink that it may', () => {
  const text = new ProgressText()
  const weighing = { stage: 'refine', done: 3, total: 16, pass: 2 } as const
  expect(text.doing(weighing)).toBe('weighing keys (pass 2)')
  expect(text.doing({ stage: 'refine', done: 3, total: 16 })).toBe('reading keys again')
  expect(text.doing({ stage: 'exact', done: 3, total: 16, pass: 3 })).toBe('deciding exactly (pass 3)')
  const steps = { stage: 'steps', done: 24, total: 400 } as const
  expect(text.counts({ ...steps, isMost: true }, 0)).toBe('24 of at most 400 steps')
  expect(text.counts({ ...steps, isMost: false }, 0)).toBe('24 of 400 steps')
})

test('the rest of a long stage is told at its own pace', () => {
  const text = new ProgressText()
  const at = (stage: 'map' | 'query', done: number, nowMs: number) => {
    const progress = { stage, done, total: 100 }
    text.watch(progress, nowMs)
    return text.counts(progress, nowMs)
  }
  expect(at('map', 1, 0)).toBe('1 of 100 shards')
  expect(at('map', 5, 4000)).toBe('5 of 100 shards')
  expect(at('map', 21, 20_000)).toBe('21 of 100 shards, about 79 s left of this')
  expect(at('map', 99, 98_000)).toBe('99 of 100 shards')
  expect(at('query', 50, 99_000)).toBe('50 of 100 batches')
  expect(at('query', 60, 199_000)).toBe('60 of 100 batches, about 6 min 40 s left of this')
})
