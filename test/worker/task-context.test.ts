// Catches: files that stay open after a task, or whose change a later one is told of, searches that are prepared twice, kernels (which hold
// memory that no garbage collector sees) made for each search, or lost where one cannot be prepared. Cannot catch: how fast
// any of it is.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kernels, openMatrix, scalarKernels, type UniversalSet } from '@levattention/core/internal'
import { TaskContext } from '@levattention/worker/internal'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { gaussian } from '../support/matrices.ts'
import { npyBytes } from '../support/npy.mjs'
import { runInline } from '../support/run-inline.ts'

const EPSILON = 0.1
const keys = gaussian(60, 3, 1)
const queries = gaussian(4, 3, 2)
let universal: UniversalSet
beforeAll(async () => {
  universal = (await runInline(keys, queries, { epsilon: EPSILON })).universal
})

/** A context, and how many kernels it has made. */
function contextOf(): { context: TaskContext; made: Kernels[] } {
  const made: Kernels[] = []
  const context = new TaskContext(() => {
    made.push(scalarKernels())
    return made[made.length - 1]
  })
  onTestFinished(() => context.close())
  return { context, made }
}

/** Paths of so many matrices in files of their own. */
function filesOf(count: number): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'lev-context-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${i}.npy`)
    writeFileSync(path, npyBytes([60, 3], keys.data))
    return path
  })
}

describe('matrices', () => {
  const specOf = (path: string) => {
    const source = openMatrix(path)
    source.close()
    return source.spec
  }
  const openFiles = () => readdirSync('/proc/self/fd').length

  test('are read as often as asked, and every read is heard of', () => {
    const spec = specOf(filesOf(1)[0])
    let heard = 0
    const context = new TaskContext(scalarKernels, () => heard++)
    onTestFinished(() => context.close())
    const rows = new Float64Array(6)
    for (const count of [1, 2]) {
      context.open(spec).readRows(3, 5, rows)
      expect(rows).toEqual(keys.data.slice(9, 15))
      expect(heard).toBe(count)
    }
  })

  test.runIf(process.platform === 'linux')('leave no file open at the end of a task', () => {
    const { context } = contextOf()
    const specs = filesOf(40).map(specOf)
    const row = new Float64Array(3)
    const before = openFiles()
    for (const spec of specs) context.open(spec).readRows(0, 1, row)
    expect(openFiles()).toBe(before + 40)
    context.closeFiles()
    expect(openFiles()).toBe(before)
  })

  test('that changed after they were read are told of, once, and all files are closed', () => {
    const { context } = contextOf()
    const paths = filesOf(3)
    const sources = paths.map((path) => context.open(specOf(path)))
    for (const source of sources) source.readRows(0, 1, new Float64Array(3))
    writeFileSync(paths[1], 'another')
    expect(() => context.closeFiles()).toThrow(expect.objectContaining({ tag: 'InputChanged' }))
    context.closeFiles()
  })
})

describe('searches', () => {
  const broadcast = (id: number) => ({ id: `set ${id}`, value: universal })
  const pairsOf = (context: TaskContext, id: number, epsilon = EPSILON) =>
    structuredClone(
      context
        .search(broadcast(id), { epsilon: epsilon, scores: 'exact' })
        .pairs({ rows: queries.data, count: queries.rows }),
    )

  test('are prepared once for many tasks, by set and threshold', () => {
    const { context } = contextOf()
    const search = context.search(broadcast(1), { epsilon: EPSILON, scores: 'exact' })
    expect(context.search(broadcast(1), { epsilon: EPSILON, scores: 'exact' })).toBe(search)
    expect(context.search(broadcast(1), { epsilon: 2 * EPSILON, scores: 'exact' })).not.toBe(search)
    expect(context.search(broadcast(2), { epsilon: EPSILON, scores: 'exact' })).not.toBe(search)
  })

  test('take turns on a few kernels, and answer the same again', () => {
    const { context, made } = contextOf()
    const first = pairsOf(context, 0)
    for (let id = 0; id < 20; id++) expect(pairsOf(context, id)).toEqual(first)
    // The context's own, two that stay prepared and the one that is prepared before another is dropped.
    expect(made.length).toBeLessThanOrEqual(4)
    expect(pairsOf(context, 0)).toEqual(first)
  })

  test('that cannot be prepared give their kernels back as they were', () => {
    const { context, made } = contextOf()
    const broken = { id: 'broken', value: { ...universal, factor: undefined } as never }
    const marks = () => made.map((kernels) => kernels.mark())
    expect(() => context.search(broken, { epsilon: EPSILON, scores: 'exact' })).toThrow()
    const before = marks()
    for (let i = 0; i < 10; i++)
      expect(() => context.search(broken, { epsilon: EPSILON, scores: 'exact' })).toThrow()
    expect(marks()).toEqual(before)
    expect(pairsOf(context, 1)).toEqual(pairsOf(contextOf().context, 1))
    expect(made).toHaveLength(2)
  })
})
