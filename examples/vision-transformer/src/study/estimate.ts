import { type Images, partOf } from '../data/images.ts'
import { type ImageTime, imageTime } from '../evaluation/speed.ts'
import { SMALL } from '../model/shape.ts'
import { ARMS, type Arm, selectionOf } from './arms.ts'
import { allJobs, idOf, type Job } from './jobs.ts'
import type { RecordLine } from './record.ts'
import { CHOOSING_STEPS, BATCH, HELD_OUT, SNAPSHOT_STEPS, STEPS, TUNING_STEPS } from './run-job.ts'

/** A study takes no more. */
export const MOST_CPU_HOURS = 6

export interface Estimate {
  readonly times: Readonly<Record<Arm, ImageTime>>
  /** Of the jobs that the record does not have. */
  readonly jobs: number
  readonly cpuHours: number
  /** Of those that it has. */
  readonly cpuHoursDone: number
}

/** Measured on a few images of each arm, at the weights that training starts from. */
export async function estimateStudy(images: Images, record: readonly RecordLine[]): Promise<Estimate> {
  const times = {} as Record<Arm, ImageTime>
  for (const arm of ARMS) times[arm] = await imageTime(SMALL, selectionOf(arm, 1), partOf(images, 0, 12))
  const left = allJobs().filter((job) => !record.some(({ id }) => id === idOf(job)))
  const ms = left.reduce((sum, job) => sum + millisecondsOf(job, times), 0)
  const done = record.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
  return { times, jobs: left.length, cpuHours: ms / 3.6e6, cpuHoursDone: done / 3600 }
}

function millisecondsOf(job: Job, times: Readonly<Record<Arm, ImageTime>>): number {
  const training = (arm: Arm, steps: number) => steps * BATCH * times[arm].train + HELD_OUT * times[arm].test
  switch (job.kind) {
    case 'choose':
      return training(job.arm, CHOOSING_STEPS)
    case 'train':
      return training(job.arm, STEPS)
    case 'tune':
      return training('leverage-32', TUNING_STEPS)
    case 'test':
      return job.images * times[job.model === 'tuned' ? 'leverage-32' : job.model].test
    default:
      return SNAPSHOT_STEPS.length * 50 * 10 * times[job.arm].test
  }
}
