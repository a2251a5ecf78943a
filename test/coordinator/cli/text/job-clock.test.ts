// Catches: a rest of one stage told as that of the job, a share that falls, a pace taken from another stage. Cannot catch: an
// outline that is far from what a machine takes.
import { JobClock } from '#coordinator/cli/text/job-clock'
import type { Stage } from '#coordinator/tasks/progress'
import { expect, test } from 'vitest'

function clock(outline: Partial<Record<'map' | 'reduce' | 'refine' | 'select' | 'query', number>>) {
  const made = new JobClock(0)
  made.outline(outline)
  const tell = (stage: Stage, done: number, total: number, seconds: number, pass?: number) =>
    made.watch({ stage, done, total, ...(pass === undefined ? {} : { pass }) }, 1000 * seconds)
  return { tell, at: (seconds: number) => made.at(1000 * seconds) }
}

test('stages to come take what the outline says, scaled by what those so far took', () => {
  const { tell, at } = clock({ map: 10, query: 30 })
  tell('map', 0, 4, 1)
  expect(at(1)).toEqual({ share: 0, elapsedSeconds: 1 })
  // A quarter of map in 5 s: twice what the outline says.
  tell('map', 1, 4, 6)
  expect(at(6).leftSeconds).toBeCloseTo(15 + 60)
  tell('map', 4, 4, 21)
  expect(at(21).leftSeconds).toBeCloseTo(60)
  tell('query', 1, 10, 24)
  // At its own pace now.
  expect(at(24).leftSeconds).toBeCloseTo(27)
  expect(at(25).leftSeconds).toBeCloseTo(26)
  expect(at(25).share).toBeCloseTo(25 / 51)
})

test('a stage that the job did not need is passed over', () => {
  const { tell, at } = clock({ map: 10, select: 10, query: 10 })
  tell('map', 2, 2, 10)
  expect(at(10).leftSeconds).toBeCloseTo(20)
  tell('query', 1, 2, 15)
  expect(at(15).leftSeconds).toBeCloseTo(5)
})

test('what interrupts a stage adds to what is left of it', () => {
  const { tell, at } = clock({ query: 10 })
  tell('query', 1, 2, 10)
  tell('exact', 0, 4, 10)
  tell('exact', 1, 4, 12)
  expect(at(12).leftSeconds).toBeCloseTo(6 + 10)
})

test('of passes of which only the data know the number nothing is told as left until they are over', () => {
  const { tell, at } = clock({ map: 1, refine: 4, query: 1 })
  tell('map', 1, 1, 10)
  tell('refine', 0, 2, 10, 1)
  tell('refine', 2, 2, 15, 1)
  tell('refine', 0, 2, 15, 2)
  tell('refine', 1, 2, 17, 2)
  expect(at(17).leftSeconds).toBeUndefined()
  // The share is that of a typical number of passes.
  expect(at(17).share).toBeCloseTo(17 / (17 + 40 - 7 + 10))
  tell('refine', 2, 2, 19, 2)
  tell('refine', 0, 2, 100, 3)
  tell('refine', 2, 2, 1000, 3)
  expect(at(1000).share).toBe(0.9)
  tell('query', 0, 2, 1000)
  expect(at(1000).leftSeconds).toBeCloseTo(10)
  tell('query', 1, 2, 1003)
  expect(at(1003).leftSeconds).toBeCloseTo(3)
})

test('algebra between passes is waited for as a stage of its own', () => {
  const { tell, at } = clock({ map: 10, reduce: 20, query: 10 })
  tell('map', 0, 2, 0)
  tell('map', 1, 2, 5)
  expect(at(5).leftSeconds).toBeCloseTo(5 + 20 + 10)
  tell('map', 2, 2, 10)
  tell('reduce', 0, 1, 10)
  expect(at(10).leftSeconds).toBeCloseTo(20 + 10)
  tell('reduce', 1, 1, 16)
  tell('reduce', 0, 1, 16)
  expect(at(18).leftSeconds).toBeCloseTo(12 + 10)
  tell('reduce', 1, 1, 25)
  // It took longer, or less long, than was thought.
  expect(at(25).leftSeconds).toBeCloseTo(5 + 10)
  tell('query', 1, 2, 30)
  expect(at(30).leftSeconds).toBeCloseTo(5)
})

test('the share never falls, though a guess was too low', () => {
  const { tell, at } = clock({ map: 10, query: 1 })
  tell('map', 1, 1, 10)
  const before = at(10).share
  tell('query', 1, 100, 20)
  expect(at(20).share).toBe(before)
})

test('without an outline a stage speaks for the job only where it is all of it', () => {
  const heads = clock({})
  heads.tell('head', 1, 4, 5)
  expect(heads.at(5)).toEqual({ share: 0.25, elapsedSeconds: 5, leftSeconds: 15 })
  const looking = clock({})
  looking.tell('look', 1, 4, 5)
  expect(looking.at(5)).toEqual({ share: 0, elapsedSeconds: 5 })
})

test('a job in parts: each begins where the one before ended, and none is told as the whole', () => {
  const made = new JobClock(0)
  made.part(0, 0.5, 0)
  made.outline({ map: 10 })
  made.watch({ stage: 'map', done: 1, total: 2 }, 5000)
  expect(made.at(5000).share).toBeCloseTo(0.25)
  expect(made.at(5000).leftSeconds).toBeCloseTo(15)
  made.watch({ stage: 'map', done: 2, total: 2 }, 10_000)
  expect(made.at(10_000).share).toBeCloseTo(0.5)
  // The next part's stages count anew.
  made.part(0.5, 1, 10_000)
  expect(made.at(10_000).share).toBeCloseTo(0.5)
  made.watch({ stage: 'map', done: 0, total: 2 }, 10_000)
  made.outline({ map: 10 })
  made.watch({ stage: 'map', done: 1, total: 2 }, 15_000)
  expect(made.at(15_000).share).toBeCloseTo(0.75)
})
