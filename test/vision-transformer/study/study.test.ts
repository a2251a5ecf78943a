// Catches: jobs that would be done twice or never, a record that a killed run damaged, a rate chosen by other than the held-out images.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { allJobs, CHOOSING_ARMS, idOf, LEARNING_RATES } from '#vision/study/jobs'
import { addToRecord, readRecord } from '#vision/study/record'
import { chosenRate } from '#vision/study/run-study'

const folder = mkdtempSync(join(tmpdir(), 'vision-study-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('every job has a name of its own, and stands behind what it needs', () => {
  const ids = allJobs().map(idOf)
  expect(new Set(ids).size).toBe(ids.length)
  allJobs().forEach((job, i) => {
    const needed =
      job.kind === 'test'
        ? job.model === 'tuned'
          ? `tune/${job.seed}`
          : `train/${job.model}/${job.seed}`
        : job.kind === 'track'
          ? `train/${job.arm}/${job.seed}`
          : job.kind === 'tune'
            ? `train/full/${job.seed}`
            : undefined
    if (needed) expect(ids.slice(0, i)).toContain(needed)
  })
})

test('lines of the record, and what a killed run leaves of one', () => {
  const path = join(folder, 'record.jsonl')
  expect(readRecord(path)).toEqual([])
  addToRecord(path, { id: 'a', cpuSeconds: 1 })
  appendFileSync(path, '{"id":"half')
  expect(readRecord(path).map(({ id }) => id)).toEqual(['a'])
  addToRecord(path, { id: 'b', cpuSeconds: 2 })
  expect(readRecord(path).map(({ id }) => id)).toEqual(['a', 'b'])
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3)
  writeFileSync(path, '{"id":\n{"id":"b"}\n')
  expect(() => readRecord(path)).toThrow(/line 1 is no JSON; take it out/)
})

test('the rate with the most held-out images right, over both arms', () => {
  const right: Readonly<Record<number, readonly [number, number]>> = {
    0.001: [80, 70],
    0.002: [79, 75],
    0.004: [90, 10],
  }
  const lines = LEARNING_RATES.flatMap((learningRate) =>
    CHOOSING_ARMS.map((arm, i) => ({
      id: idOf({ kind: 'choose', arm, learningRate }),
      score: { count: 100, correct: right[learningRate][i], loss: 1 },
      cpuSeconds: 1,
    })),
  )
  expect(chosenRate(lines)).toBe(0.002)
  expect(() => chosenRate(lines.slice(1))).toThrow(/no choose\/full\/0.001/)
})
