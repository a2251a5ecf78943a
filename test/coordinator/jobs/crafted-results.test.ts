// Catches: a u.npz or a row sample whose numbers cannot be true, and that `inspect` shows as whole; one of ours that it refuses.
// Cannot catch: another set or sample that could be true.
import { readFileSync } from 'node:fs'
import {
  bytesSource,
  type ElementType,
  NpzReader,
  type NpzArray,
  writeNpz,
} from '@levattention/core/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())

const KEYS = gaussianRows(3000, 4, 1, 20)
const WIDE = Float64Array.from(KEYS, (value, i) => value * 2 ** (100 * (i % 4)))
/** Its last column is the first, but for a little. */
const NEAR = KEYS.map((value, i) => (i % 4 === 3 ? KEYS[i - 3] * (1 + 2 ** -13 * Math.sin(i)) : value))
const SETS: Record<string, string[]> = {
  'u.npz': ['build', 'K.npy'],
  'wide.npz': ['build', 'W.npy'],
  'near.npz': ['build', 'N.npy'],
  'power.npz': ['build', 'K.npy', '--p', '3'],
  'low.npz': ['build', 'K.npy', '--p', '1'],
  'causal.npz': ['build', 'K.npy', '--causal'],
  'sketch.npz': ['build', 'K.npy', '--method', 'sketch'],
  'part.npz': ['build', 'K.npy', '--row-offset', '500'],
  'empty.npz': ['build', 'K.npy', '--epsilon', '.9'],
  's.npz': ['sample', 'K.npy', '--rows', '40'],
  'all.npz': ['sample', 'K.npy', '--rows', '5000'],
}

beforeAll(async () => {
  work.npy('K.npy', [3000, 4], KEYS)
  work.npy('W.npy', [3000, 4], WIDE)
  work.npy('N.npy', [3000, 4], NEAR)
  for (const [out, args] of Object.entries(SETS)) {
    const [name, ...rest] = args
    const ran = await runHere(work, name, ...rest, '--out', out, '--quiet')
    expect(ran.exitCode, ran.stderr).toBe(0)
  }
})

/** Arrays of a file of ours, to be changed. */
interface Numbers {
  name: string
  dtype: ElementType
  shape: number[]
  data: Float64Array
}
interface Opened {
  arrays: Record<string, Numbers>
  meta: Record<string, unknown>
}

function takenApart(name: string): Opened {
  const npz = new NpzReader(bytesSource(readFileSync(work.path(name)), name))
  const types = { rowIds: 'u64', exponents: 'i32', keys: 'f32', rows: 'f32' } as Record<string, ElementType>
  const arrays = npz.names
    .filter((array) => array !== 'meta')
    .map((array): [string, Numbers] => {
      const shape = [...npz.shape(array)!]
      const dtype = name === 'wide.npz' && array === 'keys' ? 'f64' : (types[array] ?? 'f64')
      const length = shape.reduce((product, one) => product * one, 1)
      return [array, { name: array, dtype, shape, data: npz.numbers(array, [dtype], 0, length) }]
    })
  return { arrays: Object.fromEntries(arrays), meta: JSON.parse(npz.text('meta')) as Record<string, unknown> }
}

async function inspected(name: string, change: (opened: Opened) => void) {
  const opened = takenApart(name)
  change(opened)
  const listed = Object.values(opened.arrays).map((array): NpzArray => {
    const data =
      array.dtype === 'f32'
        ? Float32Array.from(array.data)
        : array.dtype === 'i32'
          ? Int32Array.from(array.data)
          : array.data
    return { ...array, data }
  })
  await writeNpz(work.path('bad.npz'), [...listed, { name: 'meta', text: JSON.stringify(opened.meta) }], {
    force: true,
  })
  return await jsonHere(work, 'inspect', 'bad.npz')
}

test('every result of ours is shown', async () => {
  for (const name of Object.keys(SETS))
    expect(await jsonHere(work, 'inspect', name), name).toMatchObject({ contents: { holds: 'arrays' } })
})

const at =
  (array: string, index: number, value: number) =>
  ({ arrays }: Opened) => {
    arrays[array].data[index] = value
  }
const meta = (field: string, value: unknown) => (opened: Opened) => {
  opened.meta[field] = value
}

test.each<[string, (opened: Opened) => void, RegExp]>([
  ['u.npz', at('bounds', 1, NaN), /'bounds'/],
  ['u.npz', at('bounds', 1, 0.999), /'bounds'/],
  ['u.npz', at('bounds', 0, 0.9999), /'bounds' .*factor/],
  ['u.npz', ({ arrays }) => arrays.bounds.data.reverse(), /'bounds'/],
  ['u.npz', ({ arrays }) => (arrays.rowIds.data[1] = arrays.rowIds.data[0]), /'rowIds' .*each once/],
  ['u.npz', at('rowIds', 0, 10 ** 9), /'rowIds' .*ranges/],
  ['part.npz', at('rowIds', 0, 499), /'rowIds' .*ranges/],
  ['u.npz', at('keys', 3, NaN), /'keys' .*NaN in row 0, column 3/],
  ['u.npz', ({ arrays }) => arrays.keys.data.fill(0), /'bounds' .*factor/],
  ['u.npz', at('factor', 1, 3), /'factor' .*above its diagonal/],
  ['u.npz', at('factor', 0, 0), /'factor'/],
  ['u.npz', at('factor', 0, Infinity), /'factor'/],
  ['u.npz', at('exponents', 0, 9999), /'exponents'/],
  ['wide.npz', at('exponents', 3, 0), /'bounds'/],
  ['near.npz', at('forward', 0, NaN), /'forward'/],
  ['sketch.npz', at('factors', 1, 3), /'factors'/],
  [
    'u.npz',
    ({ arrays }) => Object.assign(arrays.bounds, { shape: [1], data: Float64Array.of(1) }),
    /'bounds' .*shape/,
  ],
  [
    'u.npz',
    ({ arrays }) => Object.assign(arrays.exponents, { shape: [5], data: new Float64Array(5) }),
    /'exponents' .*shape/,
  ],
  ['u.npz', meta('n', 10 ** 9), /'meta.rows'/],
  ['u.npz', meta('n', null), /'meta.n'/],
  ['u.npz', meta('d', 5), /'meta.d'/],
  [
    'u.npz',
    meta('rows', [
      [0, 2000],
      [1000, 3000],
    ]),
    /'meta.rows'/,
  ],
  ['u.npz', meta('epsilon', 7), /'meta.epsilon'/],
  ['u.npz', meta('thresholdSlack', -1), /'meta.thresholdSlack'/],
  ['s.npz', at('probabilities', 0, NaN), /'probabilities'/],
  ['s.npz', at('probabilities', 0, 1e-9), /'probabilities'/],
  ['s.npz', at('weights', 0, 3), /'weights'/],
  ['s.npz', at('rows', 5, Infinity), /'rows'/],
  ['s.npz', at('rowIds', 0, 2999), /'rowIds'/],
  ['s.npz', meta('rowsCertain', 39), /'meta.rowsCertain'/],
  ['s.npz', meta('seed', 2), /'probabilities'/],
])('%s that cannot be true is refused by its array', async (name, change, message) => {
  expect(await inspected(name, change)).toMatchObject({
    exitCode: 65,
    error: { tag: 'Content', file: 'bad.npz', message: expect.stringMatching(message) as string },
  })
})

test('what is not changed is shown', async () => {
  for (const name of ['u.npz', 's.npz'])
    expect(await inspected(name, () => undefined)).toMatchObject({ contents: { holds: 'arrays' } })
})
