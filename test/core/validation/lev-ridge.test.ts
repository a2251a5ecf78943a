// Catches: keys of a set under the ridge certificate that are not those whose bounds it states. Cannot catch: a row whose signs are
// all turned, which has the same bound.
import { levFromBytes, universalFrom } from '@levattention/core/internal'
import { beforeAll, expect, test } from 'vitest'
import { blockOf, crafted, takenApart } from '../../support/crafted-lev.ts'
import { dependentKeys, streamedUniversalBytes, universalBytes } from './lev-samples.ts'

let sets: Record<string, Uint8Array>
beforeAll(async () => {
  const keys = dependentKeys(600, 4, 4)
  sets = {
    files: await universalBytes(keys, 'f64'),
    'float32 files': await universalBytes(keys, 'f32'),
    stream: streamedUniversalBytes(keys, { form: 'gram' }),
    'stream, triangular': streamedUniversalBytes(keys, { form: 'triangular' }),
  }
})

type Change = (keys: Float64Array, dim: number) => void

test.each<[string, Change]>([
  ['shortened by a quarter', (keys) => keys.forEach((value, i) => (keys[i] = 0.75 * value))],
  ['longer by a hundredth', (keys) => keys.forEach((value, i) => (keys[i] = 1.01 * value))],
  ['with one entry changed', (keys) => (keys[1] *= 1.1)],
  ['with one sign turned', (keys) => (keys[1] *= -1)],
  ['with two entries exchanged', (keys) => ([keys[1], keys[2]] = [keys[2], keys[1]])],
  [
    'exchanged for one another',
    (keys, dim) => {
      const first = keys.slice(0, dim)
      keys.copyWithin(0, dim, 2 * dim)
      keys.set(first, dim)
    },
  ],
])('keys %s', (_, change) => {
  for (const [kind, bytes] of Object.entries(sets)) {
    expect(takenApart(bytes).header.ridge, kind).toBeGreaterThan(0)
    expect(() => universalFrom(levFromBytes(bytes)), kind).not.toThrow()
    const bad = crafted(bytes, (content) => change(blockOf(content, 'keys').data as Float64Array, 4))
    expect(() => universalFrom(levFromBytes(bad, 'odd.lev')), kind).toThrow(
      /'(keys|bounds)' should be (from|among)/,
    )
  }
})

test.each([
  ['of the tight rule taken for the wide one’s', { ridgeRule: undefined }, /'(bounds|dropRidge)'/],
  ['of a rule that is none', { ridgeRule: 'narrow' }, /ridgeRule/],
  ['that is smaller than the error of the sum asks for', { ridge: 1e-15 }, /'(ridge|lower)'/],
])('a ridge %s is refused', (_, change, message) => {
  expect(takenApart(sets.files).header.ridgeRule).toBe('tight')
  const bad = crafted(sets.files, ({ header }) => {
    for (const [name, value] of Object.entries(change))
      if (value === undefined) delete header[name]
      else header[name] = value
  })
  expect(() => universalFrom(levFromBytes(bad, 'odd.lev'))).toThrow(message)
})
