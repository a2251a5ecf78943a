import { LevError } from '@levattention/core'
import type { CommandModule } from 'yargs'
import { openImages } from '../data/images.ts'
import { estimateStudy, MOST_CPU_HOURS } from '../study/estimate.ts'
import { idOf } from '../study/jobs.ts'
import { readRecord } from '../study/record.ts'
import { runStudy } from '../study/run-study.ts'
import {
  dataOption,
  type DataOption,
  percent,
  Progress,
  say,
  workersOption,
  type WorkersOption,
} from './common.ts'

interface Options extends DataOption, WorkersOption {
  readonly record: string
  readonly work: string
  readonly minutes: number | undefined
  readonly estimate: boolean
}

export const studyCommand: CommandModule<object, Options> = {
  command: 'study',
  describe: 'train and test all arms, as docs/vision.md tells; goes on where it was stopped',
  builder: (yargs) =>
    yargs.options({
      ...dataOption,
      ...workersOption,
      record: { type: 'string', demandOption: true, describe: 'what was found, as JSON lines' },
      work: { type: 'string', demandOption: true, describe: 'folder of checkpoints and weights' },
      minutes: { type: 'number', describe: 'begin no job after so many' },
      estimate: { type: 'boolean', default: false, describe: 'say how long it takes, and stop' },
    }),
  handler: async ({ data, workers, record, work, minutes, estimate }) => {
    const trainImages = openImages(data, 'train')
    const found = await estimateStudy(trainImages, readRecord(record))
    for (const [arm, { train, test }] of Object.entries(found.times))
      say(`${arm.padEnd(18)} ${train.toFixed(1)} ms an image to train, ${test.toFixed(1)} to test`)
    say(
      `${found.jobs} jobs left: about ${found.cpuHours.toFixed(1)} CPU hours, beside ${found.cpuHoursDone.toFixed(1)} done; with ${workers} threads ${(found.cpuHours / Math.max(1, workers)).toFixed(1)} hours`,
    )
    const all = found.cpuHours + found.cpuHoursDone
    if (all > MOST_CPU_HOURS) {
      const message = `the study would take ${all.toFixed(1)} CPU hours, and may take ${MOST_CPU_HOURS}`
      throw new LevError('Option', message)
    }
    if (estimate) return
    const start = Date.now()
    let progress = new Progress('', 1)
    await runStudy({
      record,
      work,
      workers,
      trainImages,
      testImages: openImages(data, 'test'),
      onJob: (job, done, jobs) => {
        say(`job ${done + 1} of ${jobs}: ${idOf(job)}`)
        progress = new Progress(idOf(job), 0)
      },
      onLine: (steps, line) => progress.step(steps, line),
      onFound: ({ score, cpuSeconds }) => {
        const right = score && `${percent(score)} of ${score.count} right, `
        say(`  ${right ?? ''}${cpuSeconds} CPU seconds`)
      },
      isEnough: () => minutes !== undefined && Date.now() - start > minutes * 60_000,
    })
  },
}
