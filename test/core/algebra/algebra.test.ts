// Catches: a piece of algebra whose terms or answer lose something on the way to a thread and back, or whose bits depend on where it
// is done. Cannot catch: what the algebra gets wrong (test/core/bounds).
import {
  ALGEBRA_TASK,
  algebraAnswer,
  algebraHere,
  algebraRequest,
  answerAlgebra,
  Candidates,
  GramSum,
  KeySummary,
  scalarKernels,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

const [N, D] = [500, 6]
const random = new Random(3)
const rows = Float64Array.from({ length: N * D }, () => random.normal())
const kernels = scalarKernels()

/** As a thread would see it. */
const sent = <T>(value: T): T => structuredClone(value)

test.each([2, 1, 3])('a summary of p = %d, there and back', (p) => {
  const form = p === 2 ? 'triangular' : 'gram'
  const { state } = new KeySummary({ dim: D, epsilon: 0.02, p, form }, kernels).update(rows)
  const here = algebraHere(kernels, 'universalSetOfState', [state])
  const request = sent(algebraRequest('universalSetOfState', [state]))
  const there = algebraAnswer('universalSetOfState', sent(answerAlgebra(kernels, request)))
  expect(there).toEqual(here)
  expect(there.state.gram).toBeInstanceOf(GramSum)
  expect(there.state.candidates).toBeInstanceOf(Candidates)
  const other = new KeySummary({ dim: D, epsilon: 0.02, p, form, rowStart: N }, kernels).update(rows)
  const terms = [there.state, other.state] as const
  const merged = sent(answerAlgebra(kernels, sent(algebraRequest('mergeBounded', [...terms]))))
  expect(algebraAnswer('mergeBounded', merged)).toEqual(
    algebraHere(kernels, 'mergeBounded', [here.state, other.state]),
  )
})

test('a part of a larger array is sent as what it is', () => {
  const numbers = new Float64Array(100)
  const { terms } = algebraRequest('firstStep', [
    new GramSum(2, {
      gram: numbers.subarray(4, 8),
      exponents: new Int32Array(2),
      rowCount: 1,
      depth: 1,
    }),
  ])
  expect(JSON.stringify(sent(terms)).length).toBeLessThan(300)
  const [{ fields }] = terms as [{ fields: { parts: { gram: Float64Array } } }]
  expect(fields.parts.gram.buffer.byteLength).toBe(32)
  expect(ALGEBRA_TASK.kind).toBe('algebra')
})
