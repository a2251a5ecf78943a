import { fileURLToPath } from 'node:url'
import type { Selection } from '@levattention/core'
import { Piscina } from 'piscina'
import { type Images, requireSize } from '../data/images.ts'
import { compileLayers } from '../layers/wasm-layers.ts'
import { openModel } from '../model/open-model.ts'
import type { ModelShape } from '../model/shape.ts'
import { evaluatePart, type Score } from './evaluate-part.ts'
import type { EvaluationSettings } from './worker.ts'

export interface Trained {
  readonly shape: ModelShape
  /** [parameters] */
  readonly weights: Float32Array
}

/** Sums add up by so many images, whatever the number of threads. */
const PART_IMAGES = 125

/** Accuracy of a trained model under `selection` on `images`. `workers`: 0: on this thread. Throws Option. */
export async function evaluate(
  { shape, weights }: Trained,
  selection: Selection,
  images: Images,
  workers: number,
): Promise<Score> {
  requireSize(images, shape.imageSize)
  const settings = { layers: await compileLayers(), shape, selection, weights, images }
  const scores = await (workers === 0 ? here(settings) : onThreads(settings, workers))
  return scores.reduce((sum, one) => ({
    count: sum.count + one.count,
    correct: sum.correct + one.correct,
    loss: sum.loss + one.loss,
  }))
}

function tasksOf({ count }: Images) {
  return Array.from({ length: Math.ceil(count / PART_IMAGES) }, (_, part) => {
    const first = part * PART_IMAGES
    return { first, count: Math.min(PART_IMAGES, count - first) }
  })
}

async function here({ layers, shape, selection, weights, images }: EvaluationSettings): Promise<Score[]> {
  const model = await openModel(shape, selection, layers)
  model.weights.set(weights)
  return tasksOf(images).map((task) => evaluatePart(model, images, task))
}

async function onThreads(settings: EvaluationSettings, workers: number): Promise<Score[]> {
  const filename = fileURLToPath(new URL('worker.js', import.meta.url))
  const pool = new Piscina({
    filename,
    name: 'handle',
    workerData: settings,
    minThreads: workers,
    maxThreads: workers,
  })
  try {
    return await Promise.all(tasksOf(settings.images).map((task) => pool.run(task) as Promise<Score>))
  } finally {
    await pool.destroy()
  }
}
