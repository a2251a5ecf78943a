// Catches: a sum that loses something on its way through shared memory, a merge by a thread that is another than that of the pass, an
// array that is copied where it could be shared. Cannot catch: a merge that is wrong everywhere (test/core/passes/laws.test.ts).
import {
  answerMerge,
  gramPass,
  type MatrixSource,
  type Pass,
  plainSums,
  selectPass,
  sharedSumOf,
  shardGramsPass,
  summarizePass,
  sumsOf,
  factorOf,
  firstStep,
  gramOfRows,
  scalarKernels,
  weighPass,
  firstWeightPreconditioner,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'
import { sourceOf } from '../../support/run-inline.ts'

const [N, D] = [400, 60]
const kernels = scalarKernels()
const source: MatrixSource = sourceOf(gaussian(N, D, 8), 'f32')
const [first, second] = [
  { rowStart: 0, rowEnd: 160 },
  { rowStart: 160, rowEnd: N },
]
const step = firstStep(gramOfRows({ source, range: { rowStart: 0, rowEnd: N }, kernels }))
const { exponents } = step.first
const coordinates = firstWeightPreconditioner(step)

const CASES: readonly (readonly [Pass<never, unknown, unknown>, unknown])[] = [
  [gramPass, {}],
  [summarizePass, { epsilon: 0.3 }],
  [selectPass, { factor: factorOf(step, N), epsilon: 0.25 }],
  [shardGramsPass, {}],
  [weighPass, { coordinates, exponents, p: 3, columns: 'own' }],
]

/** As another thread would see it. */
const sent = <T>(value: T): T => structuredClone(value)

test.each(CASES.map(([pass, question]) => [pass.kind, pass, question] as const))(
  '%s: sums in shared memory are those of the pass, and so is their merge',
  (kind, given, question) => {
    const pass = given as unknown as Pass<unknown, unknown, unknown>
    expect(pass.hasMatrices).toBe(true)
    const sums = [first, second].map((range) => pass.map({ source, range, kernels }, question))
    const carried = [first, second].map((range) =>
      sent(sharedSumOf(pass, { source, range, kernels }, question)),
    )
    expect(carried.map(sumsOf)).toEqual(sums)
    const terms = { question: plainSums(question), dim: D, element: 'f32' } as const
    const merged = answerMerge(kernels, { kind, terms, sums: [carried[0], carried[1]] })
    expect(sumsOf(sent(merged))).toEqual(pass.merge(sums[0], sums[1], terms, kernels))
  },
)

test('large arrays lie in shared memory, and one that stands in two places lies there once', () => {
  const { gram } = gramPass.map({ source, range: first, kernels }, {}).state
  const carried = sharedSumOf(
    { ...gramPass, map: () => ({ gram, again: gram.gram }) },
    { source, range: first, kernels },
    {},
  )
  const { gram: there, again } = sumsOf(carried) as { gram: typeof gram; again: Float64Array }
  expect(there.gram.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(again).toBe(there.gram)
  expect(there.exponents.buffer).toBeInstanceOf(ArrayBuffer)
})
