// Catches: an argument of the library that is no matrix and fails somewhere inside, without advice. Cannot catch: matrices of
// a wrong shape (core's own tests).
import { levattention } from '@levattention/coordinator'
import { isLevError, matrix, type MatrixSource } from '@levattention/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

const numbers = Float32Array.of(1, 0, 0, 1)
const keys = matrix(numbers, { rows: 2, cols: 2 })
let lev: Awaited<ReturnType<typeof levattention>>
beforeAll(async () => {
  lev = await levattention({ workers: 0 })
})
afterAll(() => lev.close())

/** As from a program without types. */
const untyped = (value: unknown) => value as MatrixSource

test.each([0, -1, NaN])('a hangLimitMs of %d is refused', async (hangLimitMs) => {
  await expect(levattention({ hangLimitMs })).rejects.toMatchObject({ tag: 'Option' })
})

test('a misspelt option is refused by name', async () => {
  const universal = await lev.universalSet(keys)
  const wrong = { epsilo: 0.1 } as object
  const calls = [
    () => levattention(wrong),
    () => lev.universalSet(keys, wrong),
    () => lev.heavyAttentions(universal, keys, wrong).next(),
    () => lev.sample(keys, { rows: 1, ...wrong }),
    () => lev.session(universal, wrong),
  ]
  for (const call of calls)
    await expect(call()).rejects.toMatchObject({ tag: 'Option', place: { option: 'epsilo' } })
})

test('an epsilon that is no number is refused as what it is', async () => {
  const options = { epsilon: '0.01' as unknown as number }
  await expect(lev.universalSet(keys, options)).rejects.toThrow('epsilon is of type string')
})

test.each<[unknown[], RegExp]>([
  [[[1, 2, 3, 4], { rows: 2, cols: 2 }], /plain array; a Float32Array or Float64Array is needed/],
  [[new Int32Array(4), { rows: 2, cols: 2 }], /a Int32Array; a Float32Array/],
  [[numbers], /say its shape, as in matrix\(data, \{ rows, cols \}\)/],
])('numbers that make no matrix', (args, message) => {
  const untypedMatrix = matrix as (...values: unknown[]) => unknown
  expect(() => untypedMatrix(...args)).toThrow(message)
})

test.each<[unknown, string]>([
  [numbers, 'a Float32Array; wrap numbers as matrix(data, { rows, cols })'],
  ['keys.npy', "a string; open the file: openMatrix('keys.npy')"],
  [
    [
      [1, 0],
      [0, 1],
    ],
    'no matrix; wrap numbers',
  ],
  [undefined, 'no matrix; wrap numbers'],
])('%j where a matrix is due', async (value, text) => {
  const universal = await lev.universalSet(keys)
  const calls = {
    universalSet: () => lev.universalSet(untyped(value)),
    sample: () => lev.sample(untyped(value), { rows: 1 }),
    heavyAttentions: () => lev.heavyAttentions(universal, untyped(value)).next(),
  }
  for (const [name, call] of Object.entries(calls)) {
    const error: unknown = await call().then(
      () => `${name} took it`,
      (reason: unknown) => reason,
    )
    if (!isLevError(error, 'ShapeMismatch')) throw error
    expect(error.message).toContain(text)
  }
})
