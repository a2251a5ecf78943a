import type { Floats } from '@levattention/core'
import type { ModelShape } from '../model/shape.ts'

/** Mean and deviation of the pixels of Fashion-MNIST's training images, black 0 and white 1. */
const [MEAN, DEVIATION] = [0.286, 0.353]

/** How an image is seen: turned left to right, moved by whole pixels. */
export interface View {
  readonly isMirrored: boolean
  readonly right: number
  readonly down: number
}

export const PLAIN: View = { isMirrored: false, right: 0, down: 0 }

/** out [gridSize², patchSize²] of `image` [imageSize, imageSize], standardised; what lies outside the image is black. */
export function setPatches(out: Floats, image: Uint8Array, shape: ModelShape, view = PLAIN): void {
  const { imageSize, gridSize, patchSize } = shape
  const step = imageSize / gridSize
  const before = (patchSize - step) >> 1
  let at = 0
  for (let gridRow = 0; gridRow < gridSize; gridRow++)
    for (let gridCol = 0; gridCol < gridSize; gridCol++)
      for (let y = 0; y < patchSize; y++) {
        const row = gridRow * step - before + y - view.down
        for (let x = 0; x < patchSize; x++) {
          const seen = gridCol * step - before + x
          const col = (view.isMirrored ? imageSize - 1 - seen : seen) - view.right
          const isInside = row >= 0 && row < imageSize && col >= 0 && col < imageSize
          out[at++] = ((isInside ? image[row * imageSize + col] / 255 : 0) - MEAN) / DEVIATION
        }
      }
}
