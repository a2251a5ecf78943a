// Catches: what is no array of numbers, or one whose buffer is lost, taken for numbers by a call of the library; advice that gives
// other numbers. Cannot catch: other arguments (library-arguments.test.ts).
import { runInNewContext, runInThisContext } from 'node:vm'
import { KeySummary, matrix } from '@levattention/core'
import { describe, expect, test } from 'vitest'
import { ran } from '../../support/advice/ran.ts'
import { codeSpans } from '../../support/advice/spans.ts'
import {
  bytes,
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
