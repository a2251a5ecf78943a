// Catches: weights that come back other than they were, a damaged or foreign file that is read, a failed write that takes what stood.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readTensors, writeTensors } from '#vision/files/safetensors'
import { readWeights, saveWeights, weightsDigest } from '#vision/model/weights-file'
import { parameterCount } from '#vision/model/parameters'
import { readCheckpoint, saveCheckpoint } from '#vision/training/checkpoint'
import { DEFAULTS } from '#vision/training/training-options'
import { Random } from '../../support/random.mjs'
import { TINY } from '../model/tiny.ts'

const root = mkdtempSync(join(tmpdir(), 'vision-files-'))
afterAll(() => rmSync(root, { recursive: true }))
const random = new Random(6)
const numbers = (length: number) => Float32Array.from({ length }, () => random.normal())
const weights = numbers(parameterCount(TINY))
const options = {
  ...DEFAULTS,
  shape: TINY,
  selection: { full: true },
  seed: 1,
  steps: 9,
} as const

test('weights come back, to the bit or to half precision', async () => {
  const path = join(root, 'w.safetensors')
  const file = { shape: TINY, weights, metadata: { steps: '9' } }
  await saveWeights(path, file)
  const found = readWeights(path)
  expect(found.weights).toEqual(weights)
  expect(found.shape).toEqual(TINY)
  expect(found.metadata.steps).toBe('9')
  expect(weightsDigest(found.weights)).toBe(weightsDigest(weights))
  const whole = readFileSync(path).length
  await saveWeights(path, file, true)
  expect(readFileSync(path).length).toBeLessThan(0.7 * whole)
  readWeights(path).weights.forEach((w, i) =>
    expect(Math.abs(w - weights[i])).toBeLessThanOrEqual(2 ** -11 * Math.abs(weights[i]) + 2 ** -25),
  )
})

test('a checkpoint comes back', async () => {
  const path = join(root, 'c.safetensors')
  const state = { step: 7, weights, moments: numbers(weights.length), squares: numbers(weights.length) }
  await saveCheckpoint(path, state, options)
  expect(readCheckpoint(path, options)).toEqual(state)
  expect(() => readCheckpoint(path, { ...options, seed: 2 })).toThrow(/with seed 1, not 2/)
  expect(() => readWeights(path)).toThrow(/holds no weights of this version/)
})

describe('a file that is damaged', () => {
  const path = join(root, 'd.safetensors')
  const write = () =>
    writeTensors(path, { tensors: { a: { shape: [2, 3], data: numbers(6) } }, metadata: { of: 'test' } })

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['cut off', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['cut off in its header', (bytes) => bytes.subarray(0, 40)],
    ['empty', () => new Uint8Array(0)],
    [
      'one bit of its numbers',
      (bytes) => Buffer.from(bytes.map((b, i) => (i === bytes.length - 2 ? b ^ 4 : b))),
    ],
    [
      'a header that claims more',
      (bytes) => Buffer.from(bytes.toString('latin1').replace('[2,3]', '[9,9]'), 'latin1'),
    ],
    ['a header without end', (bytes) => Buffer.from(bytes.map((b, i) => (i < 8 ? 255 : b)))],
    ['no JSON', (bytes) => Buffer.from(bytes.toString('latin1').replace('{', '<'), 'latin1')],
    ['another format', () => Buffer.from('PK\x03\x04 and so on, for longer than a header')],
  ])('%s', async (_, change) => {
    await write()
    expect(readTensors(path).metadata.of).toBe('test')
    writeFileSync(path, change(readFileSync(path)))
    expect(() => readTensors(path)).toThrow(/d\.safetensors: .*cut off, changed, or is no file of ours/)
  })
})

test('a write that fails leaves what stood there', async () => {
  const path = join(root, 'kept')
  mkdirSync(path)
  await expect(saveWeights(path, { shape: TINY, weights, metadata: {} })).rejects.toThrow(/kept is a folder/)
  expect(() => readWeights(join(root, 'gone'))).toThrow(/cannot read .*gone/)
})
