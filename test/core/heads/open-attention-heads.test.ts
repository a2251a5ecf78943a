// Catches: opened heads that are not the operator of the tests beside this file, layers beside one another that share their arrays.
import { attendWithGradient, openAttentionHeads } from '@levattention/core'
import { expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

const shape = { heads: 2, rows: 20, dim: 4, valueDim: 3 }
const options = { selection: { rule: 'leverage', keep: 6 } } as const

test('layers beside one another are each attendWithGradient’s', async () => {
  const first = await openAttentionHeads(shape, options)
  const layers = [first, await openAttentionHeads(shape, options, first)]
  const random = new Random(5)
  for (const { arrays } of layers)
    for (const name of ['queries', 'keys', 'values', 'dOutput'] as const)
      arrays[name].forEach((_, i) => (arrays[name][i] = random.normal()))
  for (const layer of layers) layer.forward()
  for (const layer of layers) layer.backward()
  for (const { arrays, keyIds } of layers) {
    const head = (array: Float32Array, width: number) => array.slice(0, 20 * width)
    const dense = (data: Float32Array, cols: number) => ({ data: head(data, cols), rows: 20, cols })
    const one = attendWithGradient(
      {
        queries: dense(arrays.queries, 4),
        keys: dense(arrays.keys, 4),
        values: dense(arrays.values, 3),
      },
      options,
    )
    expect(keyIds[0]).toEqual(one.keyIds)
    expect(head(arrays.output, 3)).toEqual(one.output)
    const { keys } = one.gradient(head(arrays.dOutput, 3))
    expect(head(arrays.dKeys, 4)).toEqual(keys)
  }
})

test('what is not served is told of by name', async () => {
  await expect(openAttentionHeads({ ...shape, rows: 0 }, options)).rejects.toMatchObject({
    tag: 'ShapeMismatch',
  })
})
