import { isLevError } from '@levattention/core'
import { type Images } from '../data/images.ts'
import { setPatches } from '../data/patches.ts'
import { Views } from '../data/augmentation.ts'
import { crossEntropy, likeliest } from '../model/cross-entropy.ts'
import type { VisionTransformer } from '../model/vision-transformer.ts'
import { PART_COUNT, type TrainingOptions } from './training-options.ts'

/** Images of one step of one part: `positions` of them in the order of training, and which images stand there. */
export interface PartTask {
  /** Images that were seen before the first of these. */
  readonly firstSeen: number
  readonly imageIds: readonly number[]
}

export interface PartResult {
  readonly loss: number
  readonly correct: number
}

/** Gradients of parts of batches: what a thread does. */
export class PartTrainer {
  readonly #model: VisionTransformer<Float32Array>
  readonly #images: Images
  readonly #views: Views

  constructor(model: VisionTransformer<Float32Array>, images: Images, options: TrainingOptions) {
    this.#model = model
    this.#images = images
    this.#views = new Views(options.seed, options.augmentation)
  }

  /** `gradient` = the sum over the part's images, in their order, at `weights`. */
  run(gradient: Float32Array, weights: Float32Array, { firstSeen, imageIds }: PartTask): PartResult {
    const model = this.#model
    model.weights.set(weights)
    model.gradient.fill(0)
    let [loss, correct] = [0, 0]
    imageIds.forEach((id, i) => {
      const seen = firstSeen + i
      this.#see(id, seen)
      if (!isForwarded(model, seen)) {
        loss = NaN
        return
      }
      const label = this.#images.labels[id]
      loss += crossEntropy(model.dLogits, model.logits, label)
      correct += Number(likeliest(model.logits) === label)
      model.backward()
    })
    gradient.set(model.gradient)
    return { loss, correct }
  }

  #see(id: number, seen: number): void {
    const { pixels, imageSize } = this.#images
    const image = pixels.subarray(id * imageSize ** 2, (id + 1) * imageSize ** 2)
    setPatches(this.#model.patches, image, this.#model.shape, this.#views.of(seen))
  }
}

/** False where the model has numbers that are none: core's attention refuses them, and the loss is none either. */
function isForwarded(model: VisionTransformer<Float32Array>, seen: number): boolean {
  try {
    model.forward(seen)
    return true
  } catch (error) {
    if (isLevError(error) && error.tag === 'Content') return false
    throw error
  }
}

/** Part `part` of step `step`, counted from 0, of a training on `count` images, each round through them in an order of its own. */
export function partTask(
  step: number,
  part: number,
  batch: number,
  count: number,
  orderOf: (round: number) => Uint32Array,
): PartTask {
  const own = batch / PART_COUNT
  const firstSeen = step * batch + part * own
  const imageIds = Array.from({ length: own }, (_, i) => {
    const seen = firstSeen + i
    return orderOf(Math.floor(seen / count))[seen % count]
  })
  return { firstSeen, imageIds }
}
