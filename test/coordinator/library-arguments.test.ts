// Catches: wrong or missing arguments of the library that are taken for something else, or fail somewhere inside as another
// error, or are told of in the command's words. Cannot catch: wrong values of the right kind; options (library-options.test.ts).
import { runInNewContext, runInThisContext } from 'node:vm'
import { levattention, type LiveSummary, type Session } from '@levattention/coordinator'
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
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { type Loose, refusalOf, untyped } from './library-support.ts'

const numbers = Float32Array.of(1, 0, 0, 1)
const shape = { rows: 2, cols: 2 }
const keys = matrix(numbers, shape)
const summary = new KeySummary({ dim: 2, epsilon: 0.1 }).update(numbers)
const bytes = summary.toBytes()
let lev: Awaited<ReturnType<typeof levattention>>
let universal: UniversalSet
let causal: UniversalSet
let session: Session
let live: LiveSummary

beforeAll(async () => {
  lev = await levattention({ workers: 0 })
  universal = await lev.universalSet(keys)
  causal = await lev.universalSet(keys, { causal: true })
  session = await lev.session(universal, { actors: 1 })
  live = await lev.liveSummary({ dim: 2 })
})
afterAll(() => lev.close())

const construct: Loose = (...args) => Reflect.construct(KeySummary, args)

/** Every call with an argument that is to be an array of numbers. */
const ARRAY_CALLS: Record<string, Loose> = {
  matrix: (value) => untyped({ matrix }, 'matrix')(value, shape),
  update: (value) => untyped(new KeySummary({ dim: 2, epsilon: 0.1 }), 'update')(value),
  heavyPairs: (value) => untyped(summary, 'heavyPairs')(value),
  'session.query': (value) => untyped(session, 'query')(value),
  'session.queryAll': (value) => untyped(session, 'queryAll')([value]),
  'live.push': (value) => untyped(live, 'push')(value),
  'live.query': (value) => untyped(live, 'query')(value),
}

const NO_ARRAYS: readonly (readonly [string, () => unknown])[] = [
  ['not given', () => undefined],
  ['null', () => null],
  ['a Buffer', () => Buffer.from(numbers.buffer)],
  ['a Uint8Array', () => new Uint8Array(16)],
  ['a Uint16Array', () => new Uint16Array(4)],
  ['an Int32Array', () => new Int32Array(4)],
  ['a BigInt64Array', () => new BigInt64Array(4)],
  ['a DataView', () => new DataView(numbers.buffer)],
  ['an ArrayBuffer', () => new ArrayBuffer(16)],
  ['a plain array', () => [1, 0, 0, 1]],
  ['a Promise (await it)', () => Promise.resolve(numbers)],
  ['a MemoryMatrix', () => keys],
  ['a string', () => 'keys.npy'],
  ['a number', () => 4],
  ['a plain object', () => ({ length: 4 })],
]

describe.each(NO_ARRAYS)('%s where an array of numbers is due', (name, value) => {
  // Batches may be Promises: their source may be asynchronous.
  const calls = Object.keys(ARRAY_CALLS).filter(
    (call) => !(call === 'session.queryAll' && name.includes('Promise')),
  )
  test.each(calls)('%s refuses it by name', async (call) => {
    const error = await refusalOf(() => ARRAY_CALLS[call](value()))
    expect(error.tag).toBe('ShapeMismatch')
    expect(error.message).toContain(`is ${name}; a Float32Array or Float64Array is needed`)
  })
})

test.each(Object.keys(ARRAY_CALLS))('%s takes arrays of another realm', async (call) => {
  for (const type of ['Float32Array', 'Float64Array']) {
    const value: unknown = runInNewContext(`${type}.of(1, 0, 0, 1)`)
    const result = await ARRAY_CALLS[call](value)
    if (call !== 'session.queryAll') expect(result).toBeDefined()
  }
  const foreign = runInNewContext('Float64Array.of(9, 1, 0, 0, 1).subarray(1)') as Float64Array
  expect(new KeySummary({ dim: 2, epsilon: 0.1 }).update(foreign).universalSet().keys).toEqual(
    Float64Array.of(1, 0, 0, 1),
  )
  expect(KeySummary.fromBytes(runInNewContext('Uint8Array.from(bytes)', { bytes })).rowCount).toBe(2)
})

/** What a message tells to type of `numbers` or a `buffer`, typed. */
async function typedAdvice(value: unknown): Promise<unknown> {
  const { message } = await refusalOf(() => ARRAY_CALLS.matrix(value))
  const spans = codeSpans(message)
  expect(spans).toHaveLength(1)
  const typed: unknown = runInThisContext(`(numbers, buffer) => ${spans[0]}`)
  const result = (typed as Loose)(value, value)
  ran(spans[0])
  return result
}

test('the advice for a Buffer gives the numbers whose bytes it holds, wherever they lie', async () => {
  const buffer = Buffer.from([0, ...Buffer.from(numbers.buffer)]).subarray(1)
  expect(await typedAdvice(buffer)).toEqual(numbers)
})

test.each<[string, unknown, readonly number[]]>([
  ['a list', [1, 0.1, 4n], [1, 0.1, 4]],
  [
    'rows',
    [
      [1, 2],
      [3, 4],
    ],
    [1, 2, 3, 4],
  ],
  ['rows of floats', [Float32Array.of(1, 2), Float32Array.of(3, 4)], [1, 2, 3, 4]],
  ['integers', Int32Array.of(1, -2), [1, -2]],
  ['large integers', BigInt64Array.of(2n ** 53n, -3n), [2 ** 53, -3]],
])('the advice for %s gives its numbers', async (_, value, wanted) => {
  expect(await typedAdvice(value)).toEqual(Float64Array.from(wanted))
})

test.each<[string, unknown, RegExp]>([
  ['16 bits', Uint16Array.of(0x3c00), /bits of float16 or bfloat16, they must be widened/],
  ['integers that float64 does not tell apart', BigInt64Array.of(2n ** 53n + 1n), /beyond 2\^53/],
  ['unsigned ones', BigUint64Array.of(2n ** 60n), /beyond 2\^53/],
  ['a list of such', [2n ** 60n], /no numbers/],
  ['rows of differing lengths', [[1, 2], [3]], /no numbers/],
  ['texts', ['1', 'x'], /no numbers/],
  ['holes', Array(3), /no numbers/],
  ['rows in rows', [[[1]], [[2]]], /no numbers/],
  ['a Buffer that was cut', Buffer.alloc(7), /needed$/],
])('%s: nothing is told to type that gives other numbers', async (_, value, says) => {
  const { message } = await refusalOf(() => ARRAY_CALLS.matrix(value))
  expect(message).toMatch(says)
  expect(codeSpans(message)).toEqual([])
})

/** Views of 4 floats that have lost their buffer: length 0, as an empty array. */
const LOST: Record<string, () => Float64Array> = {
  transferred: () => {
    const view = new Float64Array(4)
    structuredClone(view, { transfer: [view.buffer] })
    return view
  },
  'out of bounds': () => {
    const buffer: ArrayBuffer = Reflect.construct(ArrayBuffer, [64, { maxByteLength: 64 }])
    const view = new Float64Array(buffer, 32, 4)
    untyped(buffer, 'resize')(8)
    return view
  },
}

describe.each(Object.keys(LOST))('an array whose buffer is %s', (kind) => {
  test.each(Object.keys(ARRAY_CALLS))('%s refuses it by name', async (call) => {
    const error = await refusalOf(() => ARRAY_CALLS[call](LOST[kind]()))
    expect([error.tag, error.message]).toEqual([
      'ShapeMismatch',
      expect.stringContaining('its buffer has been transferred') as string,
    ])
  })
})

test('bytes and arrays of a universal set that were transferred', async () => {
  const own = Uint8Array.from(bytes)
  structuredClone(own, { transfer: [own.buffer] })
  const calls = [
    () => KeySummary.fromBytes(own),
    () => lev.liveSummary({ bytes: own }),
    () => lev.session({ ...universal, rowIds: LOST.transferred() }),
    () =>
      lev.session({
        ...universal,
        rowIds: new Float64Array(0),
        bounds: new Float64Array(0),
        keys: LOST.transferred(),
      }),
  ]
  for (const call of calls) expect((await refusalOf(call)).message).toContain('transferred')
})

test('an empty array is one', () => {
  expect(new KeySummary({ dim: 2, epsilon: 0.1 }).update(new Float64Array(0)).rowCount).toBe(0)
})

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
