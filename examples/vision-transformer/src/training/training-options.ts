import { LevError, type Selection } from '@levattention/core'
import type { Augmentation } from '../data/augmentation.ts'
import type { ModelShape } from '../model/shape.ts'

/** All that decides the weights that training ends with: the same options and images, the same bits. */
export interface TrainingOptions {
  readonly shape: ModelShape
  readonly selection: Selection
  readonly seed: number
  readonly steps: number
  /** Images a step: a multiple of PART_COUNT. */
  readonly batch: number
  /** The highest, after the warm-up. */
  readonly learningRate: number
  readonly warmUpSteps: number
  readonly weightDecay: number
  /** The gradient is no longer than this. */
  readonly longestGradient: number
  readonly beta1: number
  readonly beta2: number
  readonly augmentation: Augmentation
}

/** A batch is cut into so many parts, whatever the number of threads: their gradients add up in one order. */
export const PART_COUNT = 8

export const DEFAULTS = {
  batch: 16,
  learningRate: 2e-3,
  warmUpSteps: 100,
  weightDecay: 0.01,
  longestGradient: 1,
  beta1: 0.9,
  beta2: 0.98,
  augmentation: { mirrors: true, mostShift: 0 },
} as const

/** Of step 1 .. steps: up to `learningRate` over the warm-up, then down to nothing along a line. */
export function rateOf(step: number, { learningRate, warmUpSteps, steps }: TrainingOptions): number {
  const warm = Math.min(1, step / Math.max(1, warmUpSteps))
  return learningRate * warm * Math.min(1, (steps - step + 1) / Math.max(1, steps - warmUpSteps))
}

/** Throws Option. */
export function requireTraining(options: TrainingOptions): void {
  const wrong = (name: keyof TrainingOptions, wanted: string) =>
    new LevError('Option', `training: ${name} is ${JSON.stringify(options[name])}; it must be ${wanted}`)
  for (const name of ['steps', 'seed', 'warmUpSteps'] as const)
    if (!(Number.isSafeInteger(options[name]) && options[name] >= 0)) throw wrong(name, 'a whole number')
  if (!(options.batch > 0 && options.batch % PART_COUNT === 0))
    throw wrong('batch', `a multiple of ${PART_COUNT}, into which it is cut`)
  for (const name of ['learningRate', 'longestGradient'] as const)
    if (!(options[name] > 0 && options[name] < Infinity)) throw wrong(name, 'above 0')
  if (!(options.weightDecay >= 0 && options.weightDecay < 1)) throw wrong('weightDecay', 'in [0, 1)')
}
