// Catches: shipped weights or images that are not what the study made; a page whose tables are not the record's.
import { readFileSync, statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ARMS } from '#vision/study/arms'
import { studyTables, withTables } from '#vision/pictures/study-tables'
import { allJobs, idOf } from '#vision/study/jobs'
import {
  correctOf,
  SHIPPED_FOLDER,
  SHIPPED_IMAGES,
  SHIPPED_SEED,
  shippedImages,
  shippedWeights,
  studyRecord,
} from '#vision/shipped/shipped'
import { partOf } from '#vision/data/images'

const images = shippedImages()

test.each(ARMS)('the weights of %s are those of the record, in half precision, below 400 kB', (arm) => {
  const { metadata } = shippedWeights(arm)
  const trained = studyRecord().find(({ id }) => id === `train/${arm}/${SHIPPED_SEED}`)
  expect(metadata.digest32).toBe(trained?.digest)
  expect(statSync(`${SHIPPED_FOLDER}/${arm}.safetensors`).size).toBeLessThan(400_000)
})

describe('accuracies', () => {
  test('on 1,000 images', () => expect(images.count).toBe(SHIPPED_IMAGES))

  test('another selection gives another number', async () => {
    const few = partOf(images, 0, 100)
    const own = await correctOf({ arm: 'full', reading: 'own' }, few, 0)
    const leverage = await correctOf({ arm: 'full', reading: 'leverage' }, few, 0)
    expect(leverage).toBeLessThan(own)
  })
})

test('the record has every job, and docs/vision.md has its tables', () => {
  const record = studyRecord()
  const ids = record.map(({ id }) => id)
  const jobs = allJobs().map(idOf)
  expect(ids.toSorted()).toEqual(jobs.toSorted())
  const page = readFileSync(new URL('../../docs/vision.md', import.meta.url), 'utf8')
  expect(withTables(page, studyTables(record))).toBe(page)
  for (const name of Object.keys(studyTables(record))) expect(page).toContain(`<!-- table: ${name} -->`)
})
