import type { CommandModule } from 'yargs'
import { openImages, partOf } from '../data/images.ts'
import { imageTime, wallTime } from '../evaluation/speed.ts'
import { LONG, SMALL } from '../model/shape.ts'
import { ARMS, selectionOf } from '../study/arms.ts'
import { optionsOf } from '../study/run-job.ts'
import { type DataOption, dataOption } from './common.ts'

export const speedCommand: CommandModule<object, DataOption> = {
  command: 'speed',
  describe: 'CPU time of an image by every selection, and what a second thread brings',
  builder: (yargs) => yargs.options(dataOption),
  handler: async ({ data }) => {
    const images = openImages(data, 'train')
    const print = (...cells: string[]) => process.stdout.write(`${cells.map((c) => c.padEnd(20)).join('')}\n`)
    for (const [shape, count] of [[SMALL, 24] as const, [LONG, 4] as const]) {
      print(`${shape.gridSize ** 2 + 1} tokens`, 'train, CPU ms', 'read, CPU ms')
      for (const arm of ARMS) {
        const { train, test } = await imageTime(shape, selectionOf(arm, 1, shape), partOf(images, 0, count))
        print(arm, train.toFixed(1), test.toFixed(1))
      }
    }
    const options = optionsOf('leverage-32', 1, 1, 2e-3)
    const [one, two] = [await wallTime(options, images, 1, 40), await wallTime(options, images, 2, 40)]
    print(
      'leverage-32',
      `1 thread ${one.toFixed(2)} ms`,
      `2 threads ${two.toFixed(2)} ms`,
      `${(one / two).toFixed(2)} times`,
    )
  },
}
