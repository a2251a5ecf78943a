import type { Selection } from '@levattention/core'
import type { KernelModule } from '@levattention/core/internal'
import { compileLayers, wasmLayers } from '../layers/wasm-layers.ts'
import { coreAttention } from './core-attention.ts'
import { type ModelShape, requireShape } from './shape.ts'
import { VisionTransformer } from './vision-transformer.ts'

/** A model in float32 with core's attention over `selection`, its weights all 0. Throws Option. */
export async function openModel(
  shape: ModelShape,
  selection: Selection,
  module?: KernelModule,
): Promise<VisionTransformer<Float32Array>> {
  requireShape(shape)
  const layers = wasmLayers(module ?? (await compileLayers()))
  return new VisionTransformer(layers, shape, await coreAttention(shape, selection))
}
