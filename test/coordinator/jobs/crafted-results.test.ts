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
/** Its last column is the first. */
const SINGULAR = KEYS.map((value, i) => (i % 4 === 3 ? KEYS[i - 3] : value))
const SETS: Record<string, string[]> = {
  'u.npz': ['build', 'K.npy'],
  'wide.npz': ['build', 'W.npy'],
  'near.npz': ['build', 'N.npy'],
  'power.npz': ['build', 'K.npy', '--p', '3'],
  'low.npz': ['build', 'K.npy', '--p', '1'],
  'causal.npz': ['build', 'K.npy', '--causal'],
  'sketch.npz': ['build', 'K.npy', '--method', 'sketch'],
  'part.npz': ['build', 'K.npy', '--row-offset', '500'],
  'singular.npz': ['build', 'S.npy'],
  'singular-power.npz': ['build', 'S.npy', '--p', '3'],
  'singular-low.npz': ['build', 'S.npy', '--p', '1'],
  'wide-power.npz': ['build', 'W.npy', '--p', '40'],
  'near-low.npz': ['build', 'N.npy', '--p', '0.5', '--epsilon', '.001'],
  'lifted.npz': ['build', 'K.npy', '--p', '4'],
  'tight.npz': ['build', 'K.npy', '--p', '3', '--tighten'],
  'once.npz': ['build', 'K.npy', '--p', '1', '--passes', '1', '--epsilon', '.001'],
  'kept.npz': ['build', 'K.npy', '--keep', '7'],
  'causal-power.npz': ['build', 'K.npy', '--causal', '--p', '3'],
  'singular-s.npz': ['sample', 'S.npy', '--rows', '400'],
  'near-s.npz': ['sample', 'N.npy', '--rows', '2000'],
  'wide-s.npz': ['sample', 'W.npy', '--rows', '2'],
  'empty.npz': ['build', 'K.npy', '--epsilon', '.9'],
  's.npz': ['sample', 'K.npy', '--rows', '40'],
  'all.npz': ['sample', 'K.npy', '--rows', '5000'],
}

beforeAll(async () => {
  work.npy('K.npy', [3000, 4], KEYS)
  work.npy('W.npy', [3000, 4], WIDE)
  work.npy('N.npy', [3000, 4], NEAR)
  work.npy('S.npy', [3000, 4], SINGULAR)
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
      const dtype = name.startsWith('wide') && array === 'keys' ? 'f64' : (types[array] ?? 'f64')
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
const halved =
  (array: string) =>
  ({ arrays }: Opened) => {
    arrays[array].data.forEach((value, i) => (arrays[array].data[i] = value / 2))
  }
/** From 1 on, by little. */
const falling =
  (array: string) =>
  ({ arrays }: Opened) => {
    arrays[array].data.forEach((_, i) => (arrays[array].data[i] = 1 - i / 1000))
  }
const meta = (field: string, value: unknown) => (opened: Opened) => {
  opened.meta[field] = value
}

test.each<[string, (opened: Opened) => void, RegExp]>([
  ['u.npz', at('bounds', 1, NaN), /'bounds'/],
  ['u.npz', at('bounds', 1, 0.999), /'bounds'/],
  ['u.npz', at('bounds', 0, 0.9999), /'bounds' .*(factor|rank)/],
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
  ['u.npz', meta('formatVersion', 2), /'meta.formatVersion'/],
  ['u.npz', meta('attention', '|q.k|^3'), /'meta.attention'/],
  ['u.npz', meta('weightSum', 3), /'meta.weightSum' .*absent/],
  ['u.npz', meta('inflation', 3), /'meta.inflation' .*absent/],
  ['u.npz', meta('epsilon', 0.999), /'bounds' .*epsilon/],
  ['u.npz', meta('rank', 3), /'meta.rank'/],
  ['u.npz', meta('condition', 1e6), /'meta.condition'/],
  ['power.npz', meta('epsilon', 0.999), /'bounds' .*epsilon/],
  ['power.npz', meta('weightSum', 1e-9), /'bounds' .*factor/],
  ['power.npz', meta('weightSum', undefined), /'meta.weightSum'/],
  ['power.npz', meta('weightRatio', -1), /'meta.weightRatio'/],
  ['power.npz', ({ arrays }) => arrays.keys.data.fill(0), /'bounds' .*factor/],
  ['power.npz', falling('bounds'), /'bounds' .*factor/],
  ['low.npz', meta('weightRatio', 1e-9), /'bounds' .*factor/],
  ['low.npz', meta('epsilon', 0.999), /'bounds' .*epsilon/],
  ['near.npz', ({ arrays }) => arrays.forward.data.fill(0), /'bounds' .*factor/],
  ['near.npz', at('keys', 3, 1), /'bounds' .*factor/],
  ['singular.npz', halved('keys'), /'bounds' .*factor/],
  ['singular.npz', at('keys', 1, 0), /'bounds' .*factor/],
  ['singular.npz', halved('bounds'), /'bounds' .*epsilon/],
  ['singular.npz', meta('ridgeRule', undefined), /'meta.thresholdSlack'/],
  ['singular.npz', meta('thresholdSlack', 1e-12), /'meta.thresholdSlack'/],
  ['causal.npz', meta('epsilon', 0.999), /'bounds' .*epsilon/],
  ['causal.npz', ({ arrays }) => arrays.bounds.data.fill(0.06), /'bounds'/],
  ['sketch.npz', meta('method', undefined), /'meta.method'/],
  ['sketch.npz', meta('delta', -1), /'meta.delta'/],
  ['sketch.npz', meta('inflation', 1e300), /'bounds' .*factor/],
  ['sketch.npz', falling('bounds'), /'bounds' .*factor/],
  ['sketch.npz', halved('factors'), /'bounds' .*factor/],
  ['s.npz', meta('formatVersion', 2), /'meta.formatVersion'/],
  ['s.npz', meta('p', 3), /'meta.p'/],
  ['s.npz', meta('scores', 'x'), /'meta.scores'/],
  ['s.npz', meta('rows', 0), /'meta.rows'/],
  ['s.npz', meta('rowsExpected', 41), /'meta.rowsExpected'/],
  ['s.npz', meta('probabilitySum', 41), /'meta.probabilitySum'/],
  ['s.npz', meta('scale', 1), /'meta.scale'/],
  ['s.npz', meta('scale', undefined), /'meta.rowsExpected'/],
  ['s.npz', meta('rank', 5), /'meta.rank'/],
  ['all.npz', meta('rowsExpected', 2999), /'meta.rowsExpected'/],
  ['all.npz', meta('probabilitySum', 2999), /'meta.probabilitySum'/],
  ['near-s.npz', ({ arrays: { rows } }) => rows.data.fill(1e-3, 0, 4), /'probabilities' .*scale/],
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
