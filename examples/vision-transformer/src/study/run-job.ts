import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LevError } from '@levattention/core'
import { type Images, partOf } from '../data/images.ts'
import { consistencyOf } from '../evaluation/consistency.ts'
import { evaluate, type Trained } from '../evaluation/evaluate.ts'
import { look, type Looks } from '../evaluation/track.ts'
import { SMALL } from '../model/shape.ts'
import { readWeights, saveWeights, weightsDigest } from '../model/weights-file.ts'
import { train } from '../training/train.ts'
import type { LogLine } from '../training/training-folder.ts'
import { DEFAULTS, type TrainingOptions } from '../training/training-options.ts'
import { type Arm, selectionOf } from './arms.ts'
import { type Job, type Model, SOME_TEST_IMAGES } from './jobs.ts'
import type { RecordLine } from './record.ts'

/** Training images: the last HELD_OUT of the 60,000 choose the learning rate, and no model is trained on them. */
export const HELD_OUT = 5_000
export const BATCH = DEFAULTS.batch
/** One round through the images that are not held out: no image is seen twice, so none is changed by augmentation. */
export const STEPS = Math.floor(55_000 / BATCH)
export const CHOOSING_STEPS = 1_000
export const TUNING_STEPS = Math.ceil(STEPS / 10)
/** Steps before which weights are kept, to follow the chosen keys. */
export const SNAPSHOT_STEPS = [0, 50, 150, 400, 800, 1600, 2400, STEPS]
/** Test images whose keys are followed. */
const TRACKED_IMAGES = 50
const CHOOSING_SEED = 0

export interface StudyPlace {
  /** Of checkpoints and weights. */
  readonly work: string
  readonly trainImages: Images
  readonly testImages: Images
  readonly workers: number
  onLine?(steps: number, line: LogLine): void
}

type Found = Omit<RecordLine, 'id' | 'cpuSeconds'>

/** `learningRate`: the chosen one, of jobs that train. Throws NotFound where weights of an earlier job are gone. */
export async function runJob(job: Job, place: StudyPlace, learningRate: number): Promise<Found> {
  switch (job.kind) {
    case 'choose':
      return choose(job, place)
    case 'train':
      return trainArm(job.arm, job.seed, place, learningRate)
    case 'tune':
      return tune(job.seed, place, learningRate)
    case 'test':
      return test(job, place)
    default:
      return track(job.arm, job.seed, place)
  }
}

async function choose(job: Extract<Job, { kind: 'choose' }>, place: StudyPlace): Promise<Found> {
  const options = optionsOf(job.arm, CHOOSING_SEED, CHOOSING_STEPS, job.learningRate)
  return trainAndJudge(options, place, `choose-${job.arm}-${job.learningRate}`)
}

async function trainArm(arm: Arm, seed: number, place: StudyPlace, learningRate: number): Promise<Found> {
  const options = optionsOf(arm, seed, STEPS, learningRate)
  return trainAndJudge(options, place, `${arm}-${seed}`, { snapshots: SNAPSHOT_STEPS })
}

async function tune(seed: number, place: StudyPlace, learningRate: number): Promise<Found> {
  const options = optionsOf('leverage-32', seed, TUNING_STEPS, learningRate)
  const start = weightsAt(place, 'full', seed).weights
  return trainAndJudge(options, place, `tuned-${seed}`, { start, snapshots: [TUNING_STEPS] })
}

async function test(job: Extract<Job, { kind: 'test' }>, place: StudyPlace): Promise<Found> {
  const { model, seed, rule, keep = 32, images } = job
  const trained = weightsAt(place, model, seed)
  const selection = rule === 'own' ? selectionOf(armOf(model), seed) : { rule, keep }
  const some = partOf(place.testImages, 0, images)
  const score = await evaluate(trained, selection, some, place.workers)
  return { score, digest: weightsDigest(trained.weights) }
}

async function track(arm: Arm, seed: number, place: StudyPlace): Promise<Found> {
  const images = partOf(place.testImages, SOME_TEST_IMAGES, TRACKED_IMAGES)
  const looks: Looks[] = []
  for (const step of SNAPSHOT_STEPS) {
    const { weights } = weightsAt(place, arm, seed, step)
    looks.push(await look({ shape: SMALL, weights }, selectionOf(arm, seed), images, 32))
  }
  const last = looks[looks.length - 1]
  const consistency = looks.map((now, i) => consistencyOf(SNAPSHOT_STEPS[i], now, looks[i - 1], last))
  return { consistency }
}

/** Ends with the weights of the last step on the disk. */
async function trainAndJudge(
  options: TrainingOptions,
  place: StudyPlace,
  name: string,
  { snapshots = [], start }: { readonly snapshots?: readonly number[]; readonly start?: Float32Array } = {},
): Promise<Found> {
  const trained = partOf(place.trainImages, 0, place.trainImages.count - HELD_OUT)
  const weights = await train(options, trained, {
    folder: join(place.work, name),
    workers: place.workers,
    start,
    snapshotSteps: snapshots,
    onWeights: (step, own) => saveWeights(pathOf(place, name, step), weightsFile(own, name, step)),
    onLine: (line) => place.onLine?.(options.steps, line),
  })
  const heldOut = partOf(place.trainImages, trained.count, HELD_OUT)
  const score = await evaluate({ shape: SMALL, weights }, options.selection, heldOut, place.workers)
  const { learningRate, steps } = options
  return { learningRate, steps, digest: weightsDigest(weights), score }
}

export function optionsOf(arm: Arm, seed: number, steps: number, learningRate: number): TrainingOptions {
  const selection = selectionOf(arm, seed)
  const augmentation = { mirrors: false, mostShift: 0 }
  return { ...DEFAULTS, shape: SMALL, selection, seed, steps, learningRate, augmentation }
}

/** What a model attends by. */
function armOf(model: Model): Arm {
  return model === 'tuned' ? 'leverage-32' : model
}

function lastStepOf(model: Model): number {
  return model === 'tuned' ? TUNING_STEPS : STEPS
}

/** Throws NotFound: what the record says is done, and is not there. */
export function weightsAt(
  place: Pick<StudyPlace, 'work'>,
  model: Model,
  seed: number,
  step = lastStepOf(model),
): Trained {
  const path = pathOf(place, `${model}-${seed}`, step)
  if (existsSync(path)) return readWeights(path)
  const message = `${path} is gone, and the record has no weights: take the line of the training out of the record, and it is done again`
  throw new LevError('NotFound', message, { file: path })
}

function pathOf({ work }: Pick<StudyPlace, 'work'>, name: string, step: number): string {
  return join(work, name, `weights-${String(step).padStart(5, '0')}.safetensors`)
}

function weightsFile(weights: Float32Array, name: string, step: number) {
  return { shape: SMALL, weights, metadata: { model: name, step: String(step) } }
}
