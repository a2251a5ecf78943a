import { join } from 'node:path'
import { LevError } from '@levattention/core'
import type { CommandModule } from 'yargs'
import { type Images, openImages, partOf } from '../data/images.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { LONG, type ModelShape, SMALL, TINY } from '../model/shape.ts'
import { saveWeights, weightsDigest } from '../model/weights-file.ts'
import { LOG_STEPS, train } from '../training/train.ts'
import { DEFAULTS, type TrainingOptions } from '../training/training-options.ts'
import {
  type DataOption,
  dataOption,
  percent,
  Progress,
  requireWhole,
  say,
  type WorkersOption,
  workersOption,
} from './common.ts'
import { selectionFrom, selectionName, type SelectionOptions, selectionOptions } from './selection-options.ts'

const SHAPES: Readonly<Record<number, ModelShape>> = { 50: TINY, 197: SMALL, 785: LONG }
/** The last training images judge, and are not trained on. */
const HELD_OUT = 5_000

interface Options extends DataOption, WorkersOption, SelectionOptions {
  readonly out: string
  readonly tokens: number
  readonly images: number
  readonly batch: number
  readonly checkpoint: number
  readonly seed: number
  readonly 'learning-rate': number
  readonly mirror: boolean
  readonly shift: number
}

export const trainCommand: CommandModule<object, Options> = {
  command: 'train',
  describe: 'train a vision transformer whose attention sees the chosen keys alone',
  builder: (yargs) =>
    yargs
      .options({
        ...dataOption,
        ...workersOption,
        ...selectionOptions,
        out: {
          type: 'string',
          demandOption: true,
          describe:
            'folder of checkpoint, log and weights; the same command goes on from the last checkpoint',
        },
        tokens: {
          choices: Object.keys(SHAPES).map(Number),
          default: 197,
          describe: 'of an image, the class token one of them',
        },
        images: { type: 'number', default: 55_000, describe: 'to train on, again after 55,000' },
        batch: { type: 'number', default: DEFAULTS.batch, describe: 'images a step' },
        checkpoint: { type: 'number', default: 250, describe: 'steps between checkpoints, a multiple of 25' },
        seed: { type: 'number', default: 1, describe: 'of first weights, order, random keys' },
        'learning-rate': { type: 'number', default: DEFAULTS.learningRate, describe: 'the highest' },
        mirror: { type: 'boolean', default: false, describe: 'show every other image left to right' },
        shift: { type: 'number', default: 0, describe: 'move each image up to so many pixels to each side' },
      })
      .example('$0 train --select leverage --keep 32 --out run', '32 keys of the largest leverage a head')
      .example('$0 train --select full --tokens 50 --images 8000 --out tiny', 'a minute'),
  handler: trainModel,
}

async function trainModel(argv: Options): Promise<void> {
  const options = optionsFrom(argv)
  const all = openImages(argv.data, 'train')
  const { images, heldOut } = split(all)
  say(
    `${selectionName(options.selection)}, ${options.steps} steps of ${options.batch} images, ${argv.workers} threads`,
  )
  const progress = new Progress('', 0)
  const weights = await train(options, images, {
    folder: argv.out,
    workers: argv.workers,
    checkpointSteps: argv.checkpoint,
    onLine: (line) => progress.step(options.steps, line),
  })
  const score = await evaluate({ shape: options.shape, weights }, options.selection, heldOut, argv.workers)
  const path = join(argv.out, 'weights.safetensors')
  const metadata = { selection: JSON.stringify(options.selection), steps: String(options.steps) }
  await saveWeights(path, { shape: options.shape, weights, metadata })
  process.stdout.write(
    `${percent(score)} of ${score.count} held-out images right\n${path} (${weightsDigest(weights).slice(0, 16)})\n`,
  )
}

function optionsFrom(argv: Options): TrainingOptions {
  const shape = SHAPES[argv.tokens]
  requireWhole('workers', argv.workers, 0)
  requireWhole('batch', argv.batch, 1)
  requireWhole('images', argv.images, argv.batch)
  requireWhole('seed', argv.seed, 0)
  if (!(Number.isInteger(argv.checkpoint / LOG_STEPS) && argv.checkpoint > 0))
    throw new LevError('Option', `--checkpoint is ${argv.checkpoint}; it is a multiple of ${LOG_STEPS}`)
  requireWhole('shift', argv.shift, 0, shape.imageSize - 1)
  if (!(argv['learning-rate'] > 0 && argv['learning-rate'] < Infinity))
    throw new LevError('Option', `--learning-rate is ${argv['learning-rate']}; it is a number above 0`)
  return {
    ...DEFAULTS,
    shape,
    selection: selectionFrom({ ...argv, 'selection-seed': argv.seed }, shape),
    seed: argv.seed,
    steps: Math.floor(argv.images / argv.batch),
    batch: argv.batch,
    learningRate: argv['learning-rate'],
    augmentation: { mirrors: argv.mirror, mostShift: argv.shift },
  }
}

function split(all: Images): { images: Images; heldOut: Images } {
  const count = all.count - HELD_OUT
  if (count <= 0) {
    const message = `${all.count} training images, of which ${HELD_OUT} judge the others: give more`
    throw new LevError('Content', message)
  }
  return { images: partOf(all, 0, count), heldOut: partOf(all, count, HELD_OUT) }
}
