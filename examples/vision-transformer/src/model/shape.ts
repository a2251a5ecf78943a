import { LevError } from '@levattention/core'

/** A vision transformer: Dosovitskiy et al. 2021, with layer normalisation before each half of a block. */
export interface ModelShape {
  /** Pixels on a side of a square image of one channel. */
  readonly imageSize: number
  /** Patches on a side: their middles are imageSize / gridSize pixels apart. */
  readonly gridSize: number
  /** Pixels on a side of a patch; those outside the image are black. */
  readonly patchSize: number
  /** Of a token. */
  readonly dim: number
  readonly heads: number
  readonly blocks: number
  /** Of the perceptron in each block. */
  readonly hidden: number
  readonly classes: number
}

/** 197 tokens, 149,000 parameters. */
export const SMALL: ModelShape = {
  imageSize: 28,
  gridSize: 14,
  patchSize: 4,
  dim: 64,
  heads: 4,
  blocks: 4,
  hidden: 128,
  classes: 10,
}

/** A patch at every pixel: 785 tokens. */
export const LONG: ModelShape = { ...SMALL, gridSize: 28 }

/** For tests: 50 tokens. */
export const TINY: ModelShape = { ...SMALL, gridSize: 7, dim: 32, heads: 2, blocks: 2, hidden: 64 }

/** The class token first, then the patches, row by row. */
export function tokenCount({ gridSize }: ModelShape): number {
  return gridSize * gridSize + 1
}

export function headDim({ dim, heads }: ModelShape): number {
  return dim / heads
}

/** Throws Option. */
export function requireShape(shape: ModelShape): void {
  for (const [name, count] of Object.entries(shape))
    if (!Number.isSafeInteger(count) || (count as number) < 1)
      throw new LevError('Option', `model: ${name} is ${count}; it must be a whole number from 1 on`)
  if (shape.dim % shape.heads !== 0)
    throw new LevError('Option', `model: ${shape.heads} heads do not share ${shape.dim} columns evenly`)
  if (shape.imageSize % shape.gridSize !== 0)
    throw new LevError(
      'Option',
      `model: ${shape.gridSize} patches do not stand evenly on ${shape.imageSize} pixels`,
    )
}
