// A transformer of the smallest sizes at which nothing coincides, and images for it.
import type { Selection } from '@levattention/core'
import { scalarLayers } from '#vision/layers/scalar-layers'
import type { HeadAttention } from '#vision/model/head-attention'
import { openModel } from '#vision/model/open-model'
import { setStart } from '#vision/model/parameters'
import { referenceAttention } from '#vision/model/reference-attention'
import type { ModelShape } from '#vision/model/shape'
import { VisionTransformer } from '#vision/model/vision-transformer'
import { Random } from '../../support/random.mjs'

/** 17 tokens of 12 columns. */
export const TINY: ModelShape = {
  imageSize: 8,
  gridSize: 4,
  patchSize: 3,
  dim: 12,
  heads: 3,
  blocks: 2,
  hidden: 10,
  classes: 5,
}
export const TOKENS = 17

const grid = { height: 4, width: 4, prefixTokens: 1 }

export const SELECTIONS: readonly [name: string, selection: Selection][] = [
  ['all keys', { full: true }],
  ['leverage', { rule: 'leverage', keep: 6 }],
  ['norm-max', { rule: 'norm-max', keep: 6 }],
  ['random', { rule: 'random', keep: 6, seed: 3 }],
  ['leverage and local keys', { rule: 'leverage', keep: 4, local: 1, grid }],
  ['local keys alone', { none: true, local: 1, grid }],
]

/** A model whose every parameter counts: none is 0 or 1 by itself. */
export async function tinyModel(
  selection: Selection,
  shape = TINY,
): Promise<VisionTransformer<Float32Array>> {
  const model = await openModel(shape, selection)
  const random = new Random(11)
  setStart(model.weights, shape, 7)
  model.weights.forEach((w, i) => (model.weights[i] = w + 0.1 * random.normal()))
  model.patches.forEach((_, i) => (model.patches[i] = random.normal()))
  return model
}

/** The same in float64, over the keys that the last forward of `model` chose. */
export function reference(
  model: VisionTransformer<Float32Array>,
  selection: Selection,
): VisionTransformer<Float64Array> {
  const { local } = selection
  const near = local === undefined ? {} : { local, grid }
  const attention = model.blocks.map((block): HeadAttention<Float64Array> => {
    const ids = block.attention.keyIds.map((own) => own.slice())
    const isFull = 'full' in selection
    return referenceAttention(model.shape, (head) => (isFull ? { full: true } : { ids: ids[head], ...near }))
  })
  const found = new VisionTransformer(scalarLayers(), model.shape, attention)
  found.weights.set(model.weights)
  found.patches.set(model.patches)
  return found
}
