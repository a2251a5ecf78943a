import { type AttentionHeads, openAttentionHeads, type Selection } from '@levattention/core'
import type { HeadAttention } from './head-attention.ts'
import { headDim, type ModelShape, tokenCount } from './shape.ts'

/** LevAttention: core's operator, one for each block, in the order of the blocks. Throws Option where core does not serve `selection`. */
export async function coreAttention(
  shape: ModelShape,
  selection: Selection,
): Promise<HeadAttention<Float32Array>[]> {
  const own = { heads: shape.heads, rows: tokenCount(shape), dim: headDim(shape) }
  const opened: AttentionHeads[] = []
  for (let block = 0; block < shape.blocks; block++)
    opened.push(await openAttentionHeads(own, { selection }, opened[0]))
  return opened.map(asAttention)
}

/** Heads copied in and out: one percent of the time that a block takes. */
function asAttention(heads: AttentionHeads): HeadAttention<Float32Array> {
  const { arrays } = heads
  return {
    get keyIds() {
      return heads.keyIds
    },
    forward(output, { queries, keys, values }, draw) {
      arrays.queries.set(queries)
      arrays.keys.set(keys)
      arrays.values.set(values)
      heads.forward(draw)
      output.set(arrays.output)
    },
    backward(d, dOutput) {
      arrays.dOutput.set(dOutput)
      heads.backward()
      d.queries.set(arrays.dQueries)
      d.keys.set(arrays.dKeys)
      d.values.set(arrays.dValues)
    },
  }
}
