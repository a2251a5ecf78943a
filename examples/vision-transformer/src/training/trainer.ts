import { LevError } from '@levattention/core'
import { type Images, requireSize } from '../data/images.ts'
import type { Layers } from '../layers/layers.ts'
import { compileLayers, wasmLayers } from '../layers/wasm-layers.ts'
import { type Parameter, parametersOf, setStart } from '../model/parameters.ts'
import { Draws } from '../randomness.ts'
import type { Checkpoint } from './checkpoint.ts'
import { inlineRunner, type PartRunner, threadRunner } from './part-runner.ts'
import { type PartResult, partTask } from './part-trainer.ts'
import { PART_COUNT, rateOf, requireTraining, type TrainingOptions } from './training-options.ts'
import type { WorkerSettings } from './worker.ts'

export interface StepResult {
  /** Counted from 1. */
  readonly step: number
  /** Means over the batch. */
  readonly loss: number
  readonly accuracy: number
  /** Before it is cut to the longest that is taken. */
  readonly gradientLength: number
}

export interface TrainerOptions {
  /** 0: on this thread. */
  readonly workers: number
  /** Where to go on; else from the start. */
  readonly from?: Checkpoint | undefined
  /** In place of the threads: for tests. */
  readonly runner?: ((settings: WorkerSettings) => Promise<PartRunner>) | undefined
}

/**
 * Data-parallel training: each batch is cut into PART_COUNT parts, whose gradients add up in their order, so that the weights are the
 * same to the bit for any number of threads.
 */
export class Trainer {
  readonly options: TrainingOptions
  readonly #layers: Layers<Float32Array>
  readonly #runner: PartRunner
  readonly #parameters: readonly Parameter[]
  readonly #settings: WorkerSettings
  readonly #total: Float32Array
  readonly #moments: Float32Array
  readonly #squares: Float32Array
  readonly #draws: Draws
  readonly #orders = new Map<number, Uint32Array>()
  #step = 0

  /** Throws Option. */
  static async open(options: TrainingOptions, images: Images, trainer: TrainerOptions): Promise<Trainer> {
    requireTraining(options)
    requireSize(images, options.shape.imageSize)
    const module = await compileLayers()
    const layers = wasmLayers(module)
    const count = parametersOf(options.shape).reduce((sum, { length }) => sum + length, 0)
    const arrays = (amount: number) => Array.from({ length: amount }, () => layers.array(count))
    const [weights] = arrays(1)
    const settings = { layers: module, options, images, weights, gradients: arrays(PART_COUNT) }
    const { workers, from, runner } = trainer
    const own =
      runner ?? (workers === 0 ? inlineRunner : async (s: WorkerSettings) => threadRunner(s, workers))
    const opened = new Trainer(settings, layers, await own(settings))
    if (from === undefined) setStart(weights, options.shape, options.seed)
    else opened.#restore(from)
    return opened
  }

  private constructor(settings: WorkerSettings, layers: Layers<Float32Array>, runner: PartRunner) {
    this.options = settings.options
    this.#settings = settings
    this.#layers = layers
    this.#runner = runner
    this.#parameters = parametersOf(settings.options.shape)
    const count = settings.weights.length
    this.#total = layers.array(count)
    this.#moments = layers.array(count)
    this.#squares = layers.array(count)
    this.#draws = new Draws(settings.options.seed, 'order')
  }

  /** [parameters], as they are now. */
  get weights(): Float32Array {
    return this.#settings.weights
  }

  /** Steps that are done. */
  get step(): number {
    return this.#step
  }

  /** One step. Throws Content where the loss or the gradient is no number any more: the weights are as before then. */
  async next(): Promise<StepResult> {
    const { batch } = this.options
    const tasks = Array.from({ length: PART_COUNT }, (_, part) =>
      partTask(this.#step, part, batch, this.#settings.images.count, (round) => this.#orderOf(round)),
    )
    const parts = await this.#runner.run(tasks)
    const loss = parts.reduce((sum, part) => sum + part.loss, 0) / batch
    this.#total.fill(0)
    for (const gradient of this.#settings.gradients) this.#layers.add(this.#total, gradient)
    const gradientLength = Math.sqrt(this.#layers.sumOfSquares(this.#total, 1 / batch))
    if (!Number.isFinite(loss) || !Number.isFinite(gradientLength)) throw this.#diverged(loss, gradientLength)
    this.#step++
    this.#update(gradientLength)
    const accuracy = parts.reduce((sum: number, part: PartResult) => sum + part.correct, 0) / batch
    return { step: this.#step, loss, accuracy, gradientLength }
  }

  /** A copy of where it stands. */
  checkpoint(): Checkpoint {
    return {
      step: this.#step,
      weights: this.weights.slice(),
      moments: this.#moments.slice(),
      squares: this.#squares.slice(),
    }
  }

  close(): Promise<void> {
    return this.#runner.close()
  }

  #restore(from: Checkpoint): void {
    this.weights.set(from.weights)
    this.#moments.set(from.moments)
    this.#squares.set(from.squares)
    this.#step = from.step
  }

  #update(gradientLength: number): void {
    const { batch, longestGradient, weightDecay, beta1, beta2 } = this.options
    const common = {
      factor: Math.min(1, longestGradient / gradientLength) / batch,
      rate: rateOf(this.#step, this.options),
      beta1,
      beta2,
      first: 1 - power(beta1, this.#step),
      second: 1 - power(beta2, this.#step),
    }
    for (const { offset, length, decays } of this.#parameters) {
      const own = (array: Float32Array) => array.subarray(offset, offset + length)
      this.#layers.adam(own(this.weights), own(this.#total), own(this.#moments), own(this.#squares), {
        ...common,
        decay: decays ? weightDecay : 0,
      })
    }
  }

  /** Of the images, in each round through them. */
  #orderOf(round: number): Uint32Array {
    const known = this.#orders.get(round)
    if (known) return known
    const order = this.#draws.order(this.#settings.images.count, round)
    // A batch is of two rounds at most.
    for (const old of this.#orders.keys()) if (old < round - 1) this.#orders.delete(old)
    this.#orders.set(round, order)
    return order
  }

  #diverged(loss: number, gradientLength: number): LevError {
    const found = `loss ${loss}, gradient of length ${gradientLength}`
    const message = `training step ${this.#step + 1}: ${found}; a lower learning rate than ${this.options.learningRate} may help`
    return new LevError('Content', message)
  }
}

/** By products, so that every machine has the same bits. */
function power(base: number, exponent: number): number {
  let result = 1
  for (let i = 0; i < exponent; i++) result *= base
  return result
}
