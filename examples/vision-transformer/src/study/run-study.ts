import { LevError } from '@levattention/core'
import { type Job, CHOOSING_ARMS, LEARNING_RATES, allJobs, idOf } from './jobs.ts'
import { addToRecord, readRecord, type RecordLine } from './record.ts'
import { runJob, type StudyPlace } from './run-job.ts'

export interface StudyRun extends StudyPlace {
  /** JSON lines: what is in it is not done again. */
  readonly record: string
  onJob?(job: Job, done: number, all: number): void
  onFound?(line: RecordLine): void
  /** After each job: whether to stop here. */
  isEnough?(): boolean
}

/** Every job that the record does not have, in their order. Stopped at any moment, the same call goes on. Throws as runJob does. */
export async function runStudy(run: StudyRun): Promise<void> {
  const jobs = allJobs()
  for (const job of jobs) {
    const lines = readRecord(run.record)
    if (lines.some(({ id }) => id === idOf(job))) continue
    if (run.isEnough?.()) return
    run.onJob?.(job, lines.length, jobs.length)
    const before = process.cpuUsage()
    const found = await runJob(job, run, job.kind === 'choose' ? job.learningRate : chosenRate(lines))
    const { user, system } = process.cpuUsage(before)
    const line = { id: idOf(job), ...found, cpuSeconds: Math.round((user + system) / 1e6) }
    addToRecord(run.record, line)
    run.onFound?.(line)
  }
}

/** The rate with the most held-out images right, over the arms that choose it. Throws NotReady. */
export function chosenRate(lines: readonly RecordLine[]): number {
  const correct = (learningRate: number) =>
    CHOOSING_ARMS.reduce((sum, arm) => {
      const id = idOf({ kind: 'choose', arm, learningRate })
      const line = lines.find((one) => one.id === id)
      if (line?.score === undefined)
        throw new LevError('NotReady', `the record has no ${id}, by which the learning rate is chosen`)
      return sum + line.score.correct
    }, 0)
  return LEARNING_RATES.reduce((best, rate) => (correct(rate) > correct(best) ? rate : best))
}
