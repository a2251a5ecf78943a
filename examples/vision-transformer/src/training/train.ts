import type { Images } from '../data/images.ts'
import { Trainer, type TrainerOptions } from './trainer.ts'
import { type LogLine, TrainingFolder } from './training-folder.ts'
import type { TrainingOptions } from './training-options.ts'

/** Steps of a line of the log. */
export const LOG_STEPS = 25

export interface TrainRun extends Omit<TrainerOptions, 'from'> {
  /** Of checkpoint and log; the same folder goes on where it was interrupted. */
  readonly folder: string
  /** Steps between checkpoints, a multiple of 25. */
  readonly checkpointSteps?: number | undefined
  /** Weights that training starts from, in place of drawn ones. */
  readonly start?: Float32Array | undefined
  /** Steps, 0 among them, before which `onWeights` sees the weights. */
  readonly snapshotSteps?: readonly number[] | undefined
  onWeights?(step: number, weights: Float32Array): Promise<void> | void
  onLine?(line: LogLine): void
}

/**
 * Trains to the end, from the folder's checkpoint where there is one, and returns the weights [parameters]: the same bits, however often
 * it was stopped. Throws Option, Content (a loss that is no number: the last checkpoint stands), CannotWrite.
 */
export async function train(options: TrainingOptions, images: Images, run: TrainRun): Promise<Float32Array> {
  const folder = new TrainingFolder(run.folder, options)
  const from = await folder.resume()
  const trainer = await Trainer.open(options, images, { ...run, from })
  try {
    if (from === undefined && run.start) trainer.weights.set(run.start)
    await toTheEnd(trainer, folder, run)
    return trainer.weights.slice()
  } finally {
    await trainer.close()
  }
}

async function toTheEnd(trainer: Trainer, folder: TrainingFolder, run: TrainRun): Promise<void> {
  const { steps } = trainer.options
  const { checkpointSteps = 10 * LOG_STEPS, snapshotSteps = [] } = run
  const window = new Window()
  for (;;) {
    if (snapshotSteps.includes(trainer.step)) await run.onWeights?.(trainer.step, trainer.weights.slice())
    if (trainer.step === steps) return
    window.add(await trainer.next())
    const { step } = trainer
    if (step % LOG_STEPS === 0 || step === steps) {
      const line = window.line(step)
      folder.addLine(line)
      run.onLine?.(line)
    }
    if (step % checkpointSteps === 0 || step === steps) await folder.save(trainer.checkpoint())
  }
}

/** Means of steps. */
class Window {
  #count = 0
  #sums = { loss: 0, accuracy: 0, gradientLength: 0 }

  add({ loss, accuracy, gradientLength }: { loss: number; accuracy: number; gradientLength: number }): void {
    this.#count++
    this.#sums.loss += loss
    this.#sums.accuracy += accuracy
    this.#sums.gradientLength += gradientLength
  }

  line(step: number): LogLine {
    const mean = (sum: number) => Number((sum / this.#count).toPrecision(6))
    const { loss, accuracy, gradientLength } = this.#sums
    const line = { step, loss: mean(loss), accuracy: mean(accuracy), gradientLength: mean(gradientLength) }
    this.#count = 0
    this.#sums = { loss: 0, accuracy: 0, gradientLength: 0 }
    return line
  }
}
