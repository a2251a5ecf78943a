// Catches: a task that changes with what ran before it in its thread, keeps scratch, or keeps it where it throws; an error that
// is not the task's own; a file that it leaves open, or whose change a later one is told of. Cannot catch: what each task answers (test/core, test/laws).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  compileKernels,
  type Kernels,
  openMatrix,
  scalarKernels,
  type SourceSpec,
  wasmKernels,
} from '@levattention/core/internal'
import { runTask, TaskContext } from '@levattention/worker/internal'
import { afterAll, describe, expect, test } from 'vitest'
import { gaussian } from '../support/matrices.ts'
import { npyBytes } from '../support/npy.mjs'
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

describe('of files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lev-task-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const specOf = (name: string) => {
    const path = join(folder, name)
    writeFileSync(path, npyBytes([keys.rows, keys.cols], keys.data))
    const { spec } = openMatrix(path)
    return { path, spec }
  }
  const gramOf = (context: TaskContext, spec: SourceSpec) =>
    runTask({ kind: 'gram', request: { source: spec, range: { rowStart: 0, rowEnd: keys.rows } } }, context)

  test('that are gone after their task disturb no later one', () => {
    const context = new TaskContext(scalarKernels)
    for (let i = 0; i < 20; i++) {
      const { path, spec } = specOf(`${i}.npy`)
      gramOf(context, spec)
      rmSync(path)
    }
    context.close()
  })

  test('that changed before or within it fail the task', () => {
    const context = new TaskContext(scalarKernels)
    const { path, spec } = specOf('changed.npy')
    writeFileSync(path, npyBytes([2, keys.cols], keys.data.slice(0, 2 * keys.cols)))
    expect(() => gramOf(context, spec)).toThrow(expect.objectContaining({ tag: 'InputChanged' }))
    const later = specOf('later.npy')
    const beat = () => rmSync(later.path, { force: true })
    expect(() => gramOf(new TaskContext(scalarKernels, beat), later.spec)).toThrow(
      expect.objectContaining({ tag: 'InputChanged' }),
    )
  })
})
