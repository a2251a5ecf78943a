import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { LevError } from '@levattention/core/internal'
import { abortedError } from '../aborts/abort.ts'
import { placeOf } from '../files/check-outputs.ts'
import { makeFolder } from '../files/create-folder.ts'
import type { Job } from '../job/job.ts'
import { RunFolder } from '../checkpoint/run-folder.ts'
import { readPlan } from '../checkpoint/run-plan.ts'
import { requireInputs } from '../steps/run-inputs.ts'
import { type RunStatus, statusOf } from '../steps/status.ts'
import { type StepLevel, stepLevels } from '../steps/step-levels.ts'
import { shellQuoted } from './job-script.ts'
import { commandPath } from '../engines/package-files.ts'

interface ParallelOptions {
  readonly run: string
  /** Tasks at a time on each host; GNU parallel's own default where it is not given. */
  readonly jobs?: string | undefined
  readonly sshlogin: readonly string[]
  readonly workers?: number | undefined
  /** With the merge steps, where the merge tree is two levels high or more; default true. */
  readonly merges?: boolean | undefined
  /** Any other options of parallel. */
  readonly passed: readonly string[]
}

/**
 * Does what a run lacks with GNU parallel, level by level; levels that the data do not need are passed over. Throws
 * NotFound (no parallel), WorkerLost (tasks failed), Aborted, InputChanged.
 */
export async function runLevels(options: ParallelOptions, job: Job): Promise<RunStatus> {
  const plan = readPlan(options.run)
  const run = placeOf(options.run)
  makeFolder(join(run, 'log'))
  const folder = new RunFolder(run, plan)
  folder.tidy()
  // Once here, and not by every task.
  await requireInputs(folder, job)
  for (;;) {
    const status = await statusOf(folder, job)
    const levels = stepLevels(plan, status, { merges: options.merges })
    const level = levels.find(({ missing }) => missing.length > 0)
    if (level === undefined) return status
    const total = levels.reduce((sum, { tasks }) => sum + tasks, 0)
    const done = levels.reduce((left, { missing }) => left - missing.length, total)
    job.progress({ stage: 'steps', done, total, isMost: !status.mapped })
    const exitCode = await runParallel(parallelArguments(level, run, options), level.missing, job.signal)
    if (exitCode !== 0) throw tasksFailed(level, exitCode, logOf(run, level))
  }
}

function parallelArguments(level: StepLevel, run: string, options: ParallelOptions): string[] {
  const { jobs, sshlogin, workers, passed } = options
  const words = [
    process.execPath,
    commandPath(),
    'step',
    level.step,
    '--run',
    run,
    ...(level.level === undefined ? [] : ['--level', `${level.level}`]),
    ...(level.height === undefined ? [] : ['--height', `${level.height}`]),
  ]
  if (workers !== undefined) words.push('--workers', `${workers}`)
  return [
    ...(jobs === undefined ? [] : ['--jobs', jobs]),
    ...sshlogin.flatMap((login) => ['--sshlogin', login]),
    '--joblog',
    logOf(run, level),
    '--halt',
    'soon,fail=1',
    ...passed,
    `${words.map(shellQuoted).join(' ')} --index {}`,
  ]
}

/** Exit code of parallel: that of the task at which it stopped, 0 where none failed. */
async function runParallel(
  args: readonly string[],
  indices: readonly number[],
  signal: AbortSignal | undefined,
): Promise<number> {
  if (signal?.aborted) throw abortedError(signal)
  return await new Promise((resolve, reject) => {
    const child = spawn('parallel', args, { stdio: ['pipe', 'ignore', 'inherit'] })
    // Twice: at the first one parallel waits for the tasks that run.
    const stop = () => {
      child.kill('SIGTERM')
      child.kill('SIGTERM')
    }
    signal?.addEventListener('abort', stop, { once: true })
    child.stdin.on('error', () => undefined)
    child.stdin.end(indices.map((index) => `${index}\n`).join(''))
    child.on('error', (cause) => {
      const message = `GNU parallel cannot be started: ${cause.message}; install it, as with apt-get install parallel`
      reject(new LevError('NotFound', message, {}, { cause }))
    })
    child.on('close', (exitCode) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) reject(abortedError(signal))
      else resolve(exitCode ?? 255)
    })
  })
}

function logOf(run: string, { name }: StepLevel): string {
  return join(run, 'log', `${name}.joblog`)
}

function tasksFailed({ name }: StepLevel, exitCode: number, log: string): LevError {
  const message = `${name}: a task failed with exit code ${exitCode}, or parallel did; ${log} lists the tasks. What is done stays; the same command goes on`
  return new LevError('WorkerLost', message, { file: log })
}
