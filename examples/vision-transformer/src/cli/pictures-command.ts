import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import { openImages } from '../data/images.ts'
import { drawAll } from '../pictures/draw-all.ts'
import { studyTables, withTables } from '../pictures/study-tables.ts'
import { readRecord } from '../study/record.ts'
import { type DataOption, dataOption, say } from './common.ts'

interface Options extends DataOption {
  readonly record: string
  readonly work: string | undefined
  readonly docs: string
}

export const picturesCommand: CommandModule<object, Options> = {
  command: 'pictures',
  describe: 'the tables of docs/vision.md from the record, and its pictures from the weights',
  builder: (yargs) =>
    yargs.options({
      ...dataOption,
      record: { type: 'string', demandOption: true, describe: 'what the study found' },
      work: { type: 'string', describe: 'folder of its weights; without it the tables alone' },
      docs: { type: 'string', demandOption: true, describe: 'folder of vision.md' },
    }),
  handler: async ({ data, record: path, work, docs }) => {
    const record = readRecord(path)
    const page = join(docs, 'vision.md')
    writeFileSync(page, withTables(readFileSync(page, 'utf8'), studyTables(record)))
    say(page)
    if (work === undefined) return
    await drawAll({
      record,
      work,
      testImages: openImages(data, 'test'),
      folder: join(docs, 'vision'),
      onPicture: (name) => say(`  ${name}`),
    })
  },
}
