// What piscina loads in each thread that trains: one model a thread, one named handler.
import { workerData } from 'node:worker_threads'
import type { KernelModule } from '@levattention/core/internal'
import type { Images } from '../data/images.ts'
import { openModel } from '../model/open-model.ts'
import { type PartResult, type PartTask, PartTrainer } from './part-trainer.ts'
import type { TrainingOptions } from './training-options.ts'

export interface WorkerSettings {
  readonly layers: KernelModule
  readonly options: TrainingOptions
  readonly images: Images
  /** Shared: [parameters] and, of each part, [parameters]. */
  readonly weights: Float32Array
  readonly gradients: readonly Float32Array[]
}

export interface WorkerTask extends PartTask {
  readonly part: number
}

const settings = workerData as WorkerSettings
let trainer: Promise<PartTrainer> | undefined

async function open(): Promise<PartTrainer> {
  const { options, images, layers } = settings
  return new PartTrainer(await openModel(options.shape, options.selection, layers), images, options)
}

export async function handle(task: WorkerTask): Promise<PartResult> {
  trainer ??= open()
  return (await trainer).run(settings.gradients[task.part], settings.weights, task)
}
