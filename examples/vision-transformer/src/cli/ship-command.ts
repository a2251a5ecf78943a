import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { CommandModule } from 'yargs'
import { openImages, partOf } from '../data/images.ts'
import { saveWeights, weightsDigest } from '../model/weights-file.ts'
import {
  correctOf,
  nameOf,
  READINGS,
  SHIPPED_FOLDER,
  SHIPPED_IMAGES,
  SHIPPED_SEED,
} from '../shipped/shipped.ts'
import { ARMS, selectionOf } from '../study/arms.ts'
import { weightsAt } from '../study/run-job.ts'
import { type DataOption, dataOption, say, type WorkersOption, workersOption } from './common.ts'

interface Options extends DataOption, WorkersOption {
  readonly work: string
}

export const shipCommand: CommandModule<object, Options> = {
  command: 'ship',
  describe: 'put weights of a finished study and some test images into this example',
  builder: (yargs) =>
    yargs.options({
      ...dataOption,
      ...workersOption,
      work: { type: 'string', demandOption: true, describe: 'folder of the study’s checkpoints and weights' },
    }),
  handler: async ({ data, workers, work }) => {
    mkdirSync(SHIPPED_FOLDER, { recursive: true })
    for (const arm of ARMS) {
      const { shape, weights } = weightsAt({ work }, arm, SHIPPED_SEED)
      const metadata = {
        arm,
        selection: JSON.stringify(selectionOf(arm, SHIPPED_SEED)),
        // Of the float32 weights, as the record has it.
        digest32: weightsDigest(weights),
      }
      await saveWeights(join(SHIPPED_FOLDER, `${arm}.safetensors`), { shape, weights, metadata }, true)
    }
    const images = partOf(openImages(data, 'test'), 0, SHIPPED_IMAGES)
    const size = images.imageSize
    writeIdx('t10k-images-idx3-ubyte.gz', [images.count, size, size], images.pixels)
    writeIdx('t10k-labels-idx1-ubyte.gz', [images.count], images.labels)
    const right: Record<string, number> = {}
    for (const reading of READINGS) {
      right[nameOf(reading)] = await correctOf(reading, images, workers)
      say(`${nameOf(reading)}: ${right[nameOf(reading)]} of ${images.count}`)
    }
    writeFileSync(join(SHIPPED_FOLDER, 'expected.json'), `${JSON.stringify(right, null, 2)}\n`)
  },
}

function writeIdx(name: string, shape: readonly number[], data: Uint8Array): void {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head[2] = 8
  head[3] = shape.length
  shape.forEach((length, axis) => head.writeUInt32BE(length, 4 + 4 * axis))
  writeFileSync(join(SHIPPED_FOLDER, name), gzipSync(Buffer.concat([head, data]), { level: 9 }))
}
