// Catches: an error that loses its tag, message, place or stack on its way between threads, a result taken for an error.
// Cannot catch: what the threads themselves do to it (test/coordinator/engines/threads-engine.test.ts).
import { type ErrorTag, LevError } from '@levattention/core'
import { answerOf, fromWireError, resultOf, toWireError } from '@levattention/worker/internal/wire-error'
import { expect, test } from 'vitest'

const TAGS: Readonly<Record<ErrorTag, true>> = {
  Option: true,
  Content: true,
  NotFound: true,
  CannotWrite: true,
  InputChanged: true,
  IncompatibleSummary: true,
  ShapeMismatch: true,
  NotReady: true,
  WorkerLost: true,
  Overloaded: true,
  SystemLimit: true,
  Aborted: true,
  Internal: true,
}
const PLACE = {
  file: 'K.npz',
  array: 'k',
  head: [1, 2],
  input: 'keys',
  row: 3,
  column: 0,
  value: 'NaN',
} as const

test.each(Object.keys(TAGS) as ErrorTag[])('%s arrives with all its fields', (tag) => {
  const sent = new LevError(tag, 'what, where, what to do', PLACE, { cause: new Error('beneath') })
  const error = fromWireError(structuredClone(toWireError(sent)))
  expect(error).toBeInstanceOf(LevError)
  expect(error).toMatchObject({ tag, message: sent.message, place: PLACE })
  // The stack of the thread it comes from, for whoever reads the log.
  expect(error.cause).toMatchObject({ message: sent.message, stack: sent.stack })
})

test.each([
  ['another error', new TypeError('x is not a function'), 'x is not a function'],
  ['a text', 'thrown by hand', 'thrown by hand'],
  ['nothing', undefined, 'undefined'],
])('%s arrives as Internal with its message', (_name, thrown, message) => {
  const error = fromWireError(structuredClone(toWireError(thrown)))
  expect(error).toMatchObject({ tag: 'Internal', message, place: {} })
})

test('a result is answered as it is, an error thrown again on the other side', () => {
  expect(resultOf(answerOf(() => undefined))).toBeUndefined()
  expect(resultOf(structuredClone(answerOf(() => Float64Array.of(1, NaN))))).toEqual(Float64Array.of(1, NaN))
  const failed = answerOf((): number => {
    throw new LevError('Content', 'row 1 is NaN', { row: 1 })
  })
  expect(() => resultOf(structuredClone(failed))).toThrow(
    expect.objectContaining({ tag: 'Content', place: { row: 1 } }) as Error,
  )
})
