import { performance } from 'node:perf_hooks'
import type { Selection } from '@levattention/core'
import { type Images, partOf } from '../data/images.ts'
import { setPatches } from '../data/patches.ts'
import { crossEntropy } from '../model/cross-entropy.ts'
import { openModel } from '../model/open-model.ts'
import { setStart } from '../model/parameters.ts'
import type { ModelShape } from '../model/shape.ts'
import { Trainer } from '../training/trainer.ts'
import type { TrainingOptions } from '../training/training-options.ts'

/** CPU milliseconds for one image, on one thread, at the weights that training starts from: what else the machine does counts little. */
export interface ImageTime {
  readonly train: number
  readonly test: number
}

/** Of `images`, each pass once for the compiler, then the middle of `rounds`. */
export async function imageTime(
  shape: ModelShape,
  selection: Selection,
  images: Images,
  rounds = 3,
): Promise<ImageTime> {
  const model = await openModel(shape, selection)
  setStart(model.weights, shape, 1)
  const pass = (trains: boolean) => {
    const start = process.cpuUsage()
    for (let id = 0; id < images.count; id++) {
      setPatches(model.patches, partOf(images, id, 1).pixels, shape)
      model.forward(id)
      crossEntropy(model.dLogits, model.logits, images.labels[id])
      if (trains) model.backward()
    }
    return process.cpuUsage(start).user / 1e3 / images.count
  }
  const middle = (trains: boolean) =>
    Array.from({ length: rounds }, () => pass(trains)).sort((a, b) => a - b)[rounds >> 1]
  pass(true)
  return { train: middle(true), test: middle(false) }
}

/** Milliseconds of the clock for one image of a training with so many threads, over `steps` steps after some for the compiler. */
export async function wallTime(
  options: TrainingOptions,
  images: Images,
  workers: number,
  steps: number,
): Promise<number> {
  const trainer = await Trainer.open({ ...options, steps: 2 * steps }, images, { workers })
  try {
    for (let step = 0; step < steps; step++) await trainer.next()
    const start = performance.now()
    for (let step = 0; step < steps; step++) await trainer.next()
    return (performance.now() - start) / (steps * options.batch)
  } finally {
    await trainer.close()
  }
}
