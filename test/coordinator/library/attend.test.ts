// Catches: batches of lev.attend that are not the oracle's, out of order, or without their head; a selection that is not one a
// head of keys. Cannot catch: numbers of other selections (test/core/attend).
import { matrix, type MatrixSource } from '@levattention/core'
import { levattention } from '@levattention/coordinator'
import { openHeads } from '@levattention/core'
import { afterAll, expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'
import type { DenseMatrix } from '../../support/oracle.ts'
import { oracleAttend } from '../../support/softmax/attend.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'

const work = new Workspace()
afterAll(() => work.remove())

const sourceOf = ({ rows, cols, data }: DenseMatrix): MatrixSource => matrix(data, { rows, cols })

test('batches of one matrix, in order', async () => {
  await using lev = await levattention({ workers: 2 })
  const [queries, keys, values] = [gaussian(300, 4, 1), gaussian(300, 4, 2), gaussian(300, 3, 3)]
  const options = { causal: true, selection: { rule: 'leverage', keep: 5, local: 3 } } as const
  const [answer] = oracleAttend({ queries: [queries], keys: [keys], values: [values] }, options)
  const sources = { queries: sourceOf(queries), keys: sourceOf(keys), values: sourceOf(values) }
  let rows = 0
  for await (const { head, queryStart, output, lse } of lev.attend(sources, options)) {
    expect([head, queryStart]).toEqual([{ index: 0, keyHead: 0, leading: [] }, rows])
    output.forEach((value, i) => expect(value).toBeCloseTo(answer.output[rows * 3 + i], 11))
    lse.forEach((value, i) => expect(value).toBeCloseTo(answer.lse[rows + i], 11))
    rows += lse.length
  }
  expect(rows).toBe(300)
})

test('a number of keys alone is of leverage', async () => {
  await using lev = await levattention({ workers: 0 })
  const [queries, keys, values] = [gaussian(20, 4, 1), gaussian(30, 4, 2), gaussian(30, 3, 3)]
  const sources = { queries: sourceOf(queries), keys: sourceOf(keys), values: sourceOf(values) }
  const [answer] = oracleAttend(
    { queries: [queries], keys: [keys], values: [values] },
    { selection: { rule: 'leverage', keep: 6 } },
  )
  for await (const { output } of lev.attend(sources, { selection: { keep: 6 } }))
    output.forEach((value, i) => expect(value).toBeCloseTo(answer.output[i], 11))
})

test.each([0, 2])(
  'heads of arrays, each with the head of keys that serves it: %i workers',
  async (workers) => {
    await using lev = await levattention({ workers })
    const shapes = { q: [4, 20, 5], k: [2, 25, 5], v: [2, 25, 3] }
    Object.entries(shapes).forEach(([name, shape], seed) =>
      work.npy(`${name}.npy`, shape, gaussianRows(shape[0] * shape[1], shape[2], seed + 1)),
    )
    const open = (name: string) => openHeads(work.path(`${name}.npy`))
    const sources = { queries: open('q'), keys: open('k'), values: open('v') }
    const found: unknown[] = []
    for await (const { head, output } of lev.attend(sources, { selection: { full: true } }))
      found.push([head, output.length])
    expect(found).toEqual([
      [{ index: 0, keyHead: 0, leading: [0] }, 60],
      [{ index: 1, keyHead: 0, leading: [1] }, 60],
      [{ index: 2, keyHead: 1, leading: [2] }, 60],
      [{ index: 3, keyHead: 1, leading: [3] }, 60],
    ])
  },
)

test('what does not go together is refused before any work', async () => {
  await using lev = await levattention({ workers: 0 })
  const [queries, keys, values] = [gaussian(5, 4, 1), gaussian(6, 4, 2), gaussian(7, 3, 3)].map(sourceOf)
  const first = async (sources: object, options: object) =>
    await lev.attend(sources as never, options as never).next()
  await expect(first({ queries, keys, values }, { selection: { full: true } })).rejects.toMatchObject({
    tag: 'Content',
    message: expect.stringMatching(/7 rows and keys 6/) as string,
  })
  await expect(first({ queries, keys }, { selection: { full: true } })).rejects.toMatchObject({
    tag: 'ShapeMismatch',
  })
  await expect(first({ queries, keys, values }, { sellection: {} })).rejects.toMatchObject({
    tag: 'Option',
    message: expect.stringMatching(/did you mean 'selection'/) as string,
  })
})
