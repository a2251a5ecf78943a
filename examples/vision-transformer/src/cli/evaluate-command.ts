import type { CommandModule } from 'yargs'
import { openImages, partOf } from '../data/images.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { readWeights } from '../model/weights-file.ts'
import {
  type DataOption,
  dataOption,
  percent,
  requireWhole,
  type WorkersOption,
  workersOption,
} from './common.ts'
import { selectionFrom, selectionName, type SelectionOptions, selectionOptions } from './selection-options.ts'

interface Options extends DataOption, WorkersOption, SelectionOptions {
  readonly weights: string
  readonly images: number
}

export const evaluateCommand: CommandModule<object, Options> = {
  command: 'evaluate <weights>',
  describe: 'how many test images a trained model gets right under any selection of keys',
  builder: (yargs) =>
    yargs
      .positional('weights', { type: 'string', demandOption: true, describe: 'what train wrote' })
      .options({
        ...dataOption,
        ...workersOption,
        ...selectionOptions,
        images: { type: 'number', default: 10_000, describe: 'of the test set, from its first' },
      })
      .example('$0 evaluate run/weights.safetensors --select norm-max --keep 16', ''),
  handler: async (argv) => {
    const model = readWeights(argv.weights)
    const all = openImages(argv.data, 'test')
    requireWhole('images', argv.images, 1, all.count)
    requireWhole('workers', argv.workers, 0)
    const images = partOf(all, 0, argv.images)
    const selection = selectionFrom(argv, model.shape)
    const score = await evaluate(model, selection, images, argv.workers)
    const loss = (score.loss / score.count).toFixed(4)
    process.stdout.write(
      `${selectionName(selection)}: ${percent(score)} of ${score.count} test images right, loss ${loss}\n`,
    )
  },
}
