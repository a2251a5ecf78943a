import type { Images } from '../data/images.ts'
import { setPatches } from '../data/patches.ts'
import { crossEntropy, likeliest } from '../model/cross-entropy.ts'
import type { VisionTransformer } from '../model/vision-transformer.ts'

/** Images first .. first + count. */
export interface EvaluationTask {
  readonly first: number
  readonly count: number
}

/** Of so many images. */
export interface Score {
  readonly count: number
  readonly correct: number
  /** Sum over the images. */
  readonly loss: number
}

/** Of images as they are; the random choices of image i are those of draw i. */
export function evaluatePart(
  model: VisionTransformer<Float32Array>,
  images: Images,
  { first, count }: EvaluationTask,
): Score {
  const pixels = images.imageSize ** 2
  let [correct, loss] = [0, 0]
  for (let id = first; id < first + count; id++) {
    setPatches(model.patches, images.pixels.subarray(id * pixels, (id + 1) * pixels), model.shape)
    model.forward(id)
    loss += crossEntropy(model.dLogits, model.logits, images.labels[id])
    correct += Number(likeliest(model.logits) === images.labels[id])
  }
  return { count, correct, loss }
}
