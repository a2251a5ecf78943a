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
