// What piscina loads in each thread that evaluates: one model a thread, one named handler.
import { workerData } from 'node:worker_threads'
import type { Selection } from '@levattention/core'
import type { KernelModule } from '@levattention/core/internal'
import type { Images } from '../data/images.ts'
import { openModel } from '../model/open-model.ts'
import type { ModelShape } from '../model/shape.ts'
import type { VisionTransformer } from '../model/vision-transformer.ts'
import { evaluatePart, type EvaluationTask, type Score } from './evaluate-part.ts'

export interface EvaluationSettings {
  readonly layers: KernelModule
  readonly shape: ModelShape
  readonly selection: Selection
  /** [parameters] */
  readonly weights: Float32Array
  readonly images: Images
}

const settings = workerData as EvaluationSettings
let model: Promise<VisionTransformer<Float32Array>> | undefined

async function open(): Promise<VisionTransformer<Float32Array>> {
  const opened = await openModel(settings.shape, settings.selection, settings.layers)
  opened.weights.set(settings.weights)
  return opened
}

export async function handle(task: EvaluationTask): Promise<Score> {
  model ??= open()
  return evaluatePart(await model, settings.images, task)
}
