// Catches: wrong or missing arguments of the library that are taken for something else, or fail somewhere inside as another
// error, or are told of in the command's words. Cannot catch: wrong values of the right kind; options (library-options.test.ts).
import { levattention } from '@levattention/coordinator'
import {
  concatMatrices,
  inflateInput,
  KeySummary,
  matrix,
  openHeads,
  openMatrix,
  openUniversalSet,
  type UniversalSet,
} from '@levattention/core'
import { expect, test } from 'vitest'
import {
  causal,
  construct,
  keys,
  lev,
  live,
  type Loose,
  numbers,
  refusalOf,
  session,
  shape,
  summary,
  universal,
  untyped,
  useLibrary,
} from './library-support.ts'

useLibrary()

const NO_MATRICES: readonly (readonly [unknown, string])[] = [
  [undefined, 'not given'],
  [null, 'null'],
  ['k.npy', "a string; open the file: openMatrix('k.npy')"],
  [numbers, 'a Float32Array; wrap numbers'],
  [[[1]], 'a plain array'],
  [Promise.resolve(keys), 'a Promise (await it)'],
  [{ headCount: 2 }, 'heads.open(0)'],
  [summary, 'a KeySummary'],
  [{ ...keys, rows: 2, cols: 2, readRows: 1 }, 'another version'],
  [{ rows: 2, cols: 2, element: 'f16', readRows: () => 0, spec: {} }, 'another version'],
  [{ rows: 3, cols: 2, element: 'f32', readRows: () => 0, spec: keys.spec }, 'another version'],
]

test.each(NO_MATRICES)('%o where a matrix is due', async (value, text) => {
  const calls = [
    () => untyped(lev, 'universalSet')(value),
    () => untyped(lev, 'sample')(value, { rows: 1 }),
    () => untyped(lev, 'heavyAttentions')(universal, value),
    () => untyped({ concatMatrices }, 'concatMatrices')([keys, value]),
    ...(value === undefined ? [] : [() => untyped(lev, 'heavyAttentions')(universal, keys, { keys: value })]),
  ]
  for (const call of calls) {
    const error = await refusalOf(call)
    expect(error.tag).toBe('ShapeMismatch')
    expect(error.message).toContain(text)
  }
})

test.each<[unknown, string]>([
  [undefined, 'not given'],
  [null, 'null'],
  ['u.lev', "openUniversalSet('u.lev')"],
  [keys, 'find its universal set first'],
  [summary, 'its universalSet() returns'],
  [Promise.resolve(), 'a Promise (await it)'],
  [{ rowIds: [] }, 'another version'],
])('%o where a universal set is due', async (value, text) => {
  for (const call of [
    () => untyped(lev, 'heavyAttentions')(value, keys),
    () => untyped(lev, 'session')(value),
  ])
    expect((await refusalOf(call)).message).toContain(text)
})

test.each<[string, (whole: UniversalSet) => object]>([
  ['p', () => ({ p: -2 })],
  ['p', () => ({ p: NaN })],
  ['epsilon', () => ({ epsilon: 0 })],
  ['epsilon', () => ({ epsilon: 2 })],
  ['rowCount', () => ({ rowCount: -1 })],
  ['dim', () => ({ dim: 0 })],
  ['row ids', ({ rowIds }) => ({ rowIds: rowIds.slice(1) })],
  ['bounds', ({ bounds }) => ({ bounds: bounds.slice(1) })],
  ['bounds', ({ bounds }) => ({ bounds: bounds.map(() => NaN) })],
  ['rowIds', ({ rowIds }) => ({ rowIds: rowIds.map((id) => id + 0.5) })],
  ['keys', ({ keys: own }) => ({ keys: own.map(() => NaN) })],
  ['keys', () => ({ rowCount: 1 })],
  ['factor', () => ({ factor: {} })],
  ['factor.lower', ({ factor }) => ({ factor: { ...factor, lower: new Float64Array(1) } })],
  ['its factor', ({ factor }) => ({ factor: { ...factor, rowCount: 7 } })],
])('a universal set whose %s cannot be', async (text, change) => {
  const changed = { ...universal, ...change(universal) }
  for (const call of [
    () => untyped(lev, 'heavyAttentions')(changed, keys),
    () => untyped(lev, 'session')(changed),
  ]) {
    const error = await refusalOf(call)
    expect([error.tag, error.message]).toEqual(['Option', expect.stringContaining(text) as string])
  }
})

test.each<[string, Loose, readonly unknown[]]>([
  ['openMatrix', (value) => untyped({ openMatrix }, 'openMatrix')(value), []],
  ['openHeads', (value) => untyped({ openHeads }, 'openHeads')(value), []],
  ['openUniversalSet', (value) => untyped({ openUniversalSet }, 'openUniversalSet')(value), []],
  ['inflateInput', (value) => untyped({ inflateInput }, 'inflateInput')(value, '/tmp'), []],
  ['inflateInput: its folder', (value) => untyped({ inflateInput }, 'inflateInput')('k.npz', value), []],
  ['concatMatrices', (value) => untyped({ concatMatrices }, 'concatMatrices')(value), [[]]],
  ['merge', (value) => untyped(new KeySummary({ dim: 2, epsilon: 0.1 }), 'merge')(value), []],
  ['fromBytes', (value) => untyped(KeySummary, 'fromBytes')(value), []],
  ['KeySummary', (value) => construct(value), []],
  ['KeySummary: its kernels', (value) => construct({ dim: 2, epsilon: 0.1 }, value), [undefined]],
  ['levattention', (value) => untyped({ levattention }, 'levattention')(value), [undefined]],
  ['liveSummary', (value) => untyped(lev, 'liveSummary')(value), []],
  ['sample: its options', (value) => untyped(lev, 'sample')(keys, value), []],
  ['universalSet: its options', (value) => untyped(lev, 'universalSet')(keys, value), [undefined]],
  [
    'heavyAttentions: its options',
    (value) => untyped(lev, 'heavyAttentions')(universal, keys, value),
    [undefined],
  ],
  ['session: its options', (value) => untyped(lev, 'session')(universal, value), [undefined]],
  ['query: its options', (value) => untyped(session, 'query')(numbers, value), [undefined]],
  ['push: its options', (value) => untyped(live, 'push')(numbers, value), [undefined]],
  ['live query: its options', (value) => untyped(live, 'query')(numbers, value), [undefined]],
  ['toBytes: its options', (value) => untyped(live, 'toBytes')(value), [undefined]],
])('%s: anything else is refused', async (_name, call, taken) => {
  const values = [undefined, null, 7, true, [], new Map(), Promise.resolve(), () => 0, Symbol('s')]
  for (const value of [...values, new AbortController().signal, new Date(0), new Int32Array(2)])
    if (!taken.some((one) => JSON.stringify(one) === JSON.stringify(value) && typeof one === typeof value))
      await refusalOf(() => call(value))
})

test('queryAll goes through no text and no single batch', async () => {
  for (const value of [undefined, null, 7, 'batches', numbers, {}, Promise.resolve([])])
    expect((await refusalOf(() => untyped(session, 'queryAll')(value))).message).toContain(
      'queryAll([queries])',
    )
})

test('a closed or released one refuses every call', async () => {
  const other = await levattention({ workers: 0 })
  const [itsSession, itsLive] = [
    await other.session(universal, { actors: 1 }),
    await other.liveSummary({ dim: 2 }),
  ]
  await other.close()
  await other.close()
  const calls = [
    () => other.universalSet(keys),
    () => other.sample(keys, { rows: 1 }),
    () => other.heavyAttentions(universal, keys),
    () => other.session(universal),
    () => other.liveSummary({ dim: 2 }),
    () => itsSession.query(numbers),
    () => itsSession.queryAll([numbers]),
    () => itsLive.push(numbers),
    () => itsLive.query(numbers),
    () => itsLive.universalSet(),
    () => itsLive.toBytes(),
  ]
  for (const call of calls) expect((await refusalOf(call)).message).toMatch(/closed|released/)
})

test('a causal set serves no session, which reads no keys', async () => {
  expect((await refusalOf(() => lev.session(causal))).message).toContain('heavyAttentions')
})

test('a NaN in keys and queries, another number of columns, a summary that does not fit', async () => {
  const bad = matrix(Float32Array.of(1, NaN, 0, 1), shape)
  const narrow = matrix(Float32Array.of(1, 2), { rows: 2, cols: 1 })
  const calls = [
    () => lev.universalSet(bad),
    () => lev.heavyAttentions(universal, bad),
    () => lev.heavyAttentions(universal, narrow),
    () => lev.heavyAttentions(universal, keys, { keys: narrow }),
    () => session.query(Float32Array.of(1, NaN)),
    () => session.query(Float32Array.of(1)),
    () => live.push(Float32Array.of(1, 2, 3)),
    () => live.push(Float32Array.of(1, Infinity)),
    () => summary.merge(summary),
    () => summary.merge(new KeySummary({ dim: 3, epsilon: 0.1 })),
    () => KeySummary.fromBytes(new Uint8Array(100)),
  ]
  for (const call of calls) await refusalOf(call)
})

test('every call that waits can be given up', async () => {
  const controller = new AbortController()
  controller.abort(new Error('left'))
  const { signal } = controller
  const calls = [
    () => lev.universalSet(keys, { signal }),
    () => lev.sample(keys, { rows: 1, signal }),
    () => lev.heavyAttentions(universal, keys, { signal }),
    () => session.query(numbers, { signal }),
    () => session.queryAll([numbers], { signal }),
    () => live.push(numbers, { signal }),
    () => live.query(numbers, { signal }),
    () => live.universalSet({ signal }),
    () => live.toBytes({ signal }),
  ]
  for (const call of calls) expect((await refusalOf(call)).tag).toBe('Aborted')
})

test.each<[unknown[], RegExp]>([
  [[numbers], /say its shape, as in matrix\(data, \{ rows, cols \}\)/],
  [[numbers, { rows: 2 }], /cols is not given/],
  [[numbers, { rows: 2, cols: '2' }], /cols is '2'/],
])('numbers without a shape make no matrix', async (given, message) => {
  expect((await refusalOf(() => untyped({ matrix }, 'matrix')(...given))).message).toMatch(message)
})
