// Catches: a task that changes with what ran before it in its thread, keeps scratch, or keeps it where it throws; an error that
// is not the task's own. Cannot catch: what each task answers (test/core, test/laws).
import { compileKernels, type Kernels, scalarKernels, wasmKernels } from '@levattention/core/internal'
import { runTask, TaskContext } from '@levattention/worker/internal'
import { describe, expect, test } from 'vitest'
import { gaussian } from '../support/matrices.ts'
import { sourceOf } from '../support/run-inline.ts'

const keys = gaussian(500, 6, 1)
const bad = { ...keys, data: keys.data.with(6 * 400 + 2, NaN) }
const module = await compileKernels()

describe.each<[string, () => Kernels]>([
  ['scalar', scalarKernels],
  ['wasm', () => wasmKernels(module)],
])('%s kernels', (_name, makeKernels) => {
  const gram = (context: TaskContext, given: typeof keys) =>
    runTask(
      { kind: 'gram', request: { source: sourceOf(given).spec, range: { rowStart: 0, rowEnd: given.rows } } },
      context,
    )

  test('a task answers the same in a new context and in one that has worked', () => {
    const context = new TaskContext(makeKernels)
    const first = gram(context, keys)
    gram(context, gaussian(700, 9, 2))
    expect(gram(context, keys)).toEqual(first)
    expect(gram(new TaskContext(makeKernels), keys)).toEqual(first)
  })

  test('scratch is given back by a task, and by one that throws', () => {
    const context = new TaskContext(makeKernels)
    const mark = context.kernels.mark()
    for (let i = 0; i < 3; i++) {
      gram(context, keys)
      expect(context.kernels.mark()).toBe(mark)
      expect(() => gram(context, bad)).toThrow(
        expect.objectContaining({
          tag: 'Content',
          place: expect.objectContaining({ row: 400, column: 2 }) as object,
        }),
      )
      expect(context.kernels.mark()).toBe(mark)
    }
  })
})
