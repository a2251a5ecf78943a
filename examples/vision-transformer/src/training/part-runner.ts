import { fileURLToPath } from 'node:url'
import type { KernelModule } from '@levattention/core/internal'
import { Piscina } from 'piscina'
import { openModel } from '../model/open-model.ts'
import type { VisionTransformer } from '../model/vision-transformer.ts'
import { type PartResult, type PartTask, PartTrainer } from './part-trainer.ts'
import type { WorkerSettings, WorkerTask } from './worker.ts'

/** Runs the parts of a batch: on threads of a pool, or one after another on this one. */
export interface PartRunner {
  run(tasks: readonly PartTask[]): Promise<readonly PartResult[]>
  close(): Promise<void>
}

export function threadRunner(settings: WorkerSettings, threads: number): PartRunner {
  const pool = new Piscina({
    filename: fileURLToPath(new URL('worker.js', import.meta.url)),
    name: 'handle',
    workerData: settings,
    minThreads: threads,
    maxThreads: threads,
    // One part at a time: each fills its thread.
    concurrentTasksPerWorker: 1,
  })
  return {
    run: (tasks) => Promise.all(tasks.map((task, part) => pool.run({ ...task, part } satisfies WorkerTask))),
    close: () => pool.destroy(),
  }
}

/** `modelOf`: for tests, which put another attention in its place. */
export async function inlineRunner(
  settings: WorkerSettings,
  modelOf: (settings: WorkerSettings) => Promise<VisionTransformer<Float32Array>> = modelOfSettings,
): Promise<PartRunner> {
  const trainer = new PartTrainer(await modelOf(settings), settings.images, settings.options)
  return {
    run: async (tasks) =>
      tasks.map((task, part) => trainer.run(settings.gradients[part], settings.weights, task)),
    close: async () => undefined,
  }
}

function modelOfSettings({ options, layers }: { options: WorkerSettings['options']; layers: KernelModule }) {
  return openModel(options.shape, options.selection, layers)
}
