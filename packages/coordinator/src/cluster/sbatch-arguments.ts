import { LevError } from '@levattention/core/internal'
import { indexList } from '../steps/step-levels.ts'
import type { ArrayJob } from './array-jobs.ts'

export interface SbatchSettings {
  readonly partition?: string | undefined
  readonly account?: string | undefined
  readonly qos?: string | undefined
  readonly time?: string | undefined
  readonly mem?: string | undefined
  readonly memPerCpu?: string | undefined
  readonly cpusPerTask?: number | undefined
  /** Tasks of one array that run at a time. */
  readonly arrayLimit?: number | undefined
  /** Defaults that are left out, by their names. */
  readonly without: readonly string[]
  /** Any other options of sbatch, last, so that they win. */
  readonly passed: readonly string[]
}

/** What is done unless it is left out by `--without`: options that are given to sbatch, and the merge steps. */
export const DEFAULTS = ['kill-on-invalid-dep', 'merge', 'open-mode', 'output', 'requeue'] as const

/** sbatch's arguments; the script comes on its standard input. */
export function sbatchArguments(
  job: ArrayJob,
  after: readonly string[],
  logFolder: string,
  settings: SbatchSettings,
): string[] {
  const defaults = {
    output: `--output=${logFolder}/%x-%A_%a.log`,
    'open-mode': '--open-mode=append',
    requeue: '--requeue',
    ...(after.length > 0 ? { 'kill-on-invalid-dep': '--kill-on-invalid-dep=yes' } : {}),
  }
  const { partition, account, qos, time, mem, memPerCpu, cpusPerTask, arrayLimit, passed, without } = settings
  const limit = arrayLimit === undefined ? '' : `%${arrayLimit}`
  const given = Object.entries({
    partition,
    account,
    qos,
    time,
    mem,
    'mem-per-cpu': memPerCpu,
    'cpus-per-task': cpusPerTask,
  })
  return [
    '--parsable',
    `--job-name=${job.name}`,
    `--array=${indexList(job.indices)}${limit}`,
    ...(after.length > 0 ? [`--dependency=afterok:${after.join(':')}`] : []),
    ...Object.entries(defaults).flatMap(([name, argument]) => (without.includes(name) ? [] : [argument])),
    ...given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    ...passed,
  ]
}

/** What we find our jobs and tasks by. */
const OURS = ['--job-name', '--array', '--parsable']
const OURS_SHORT = ['-J', '-a']

/** Throws Option for an option of sbatch, which may be cut short as sbatch takes it, by which jobs would no longer be found. */
export function requireNotOurs(passed: readonly string[]): void {
  const isOurs = (argument: string) => {
    if (!argument.startsWith('--')) return OURS_SHORT.some((name) => argument.startsWith(name))
    const [name] = argument.split('=')
    return name.length > 2 && OURS.some((ours) => ours.startsWith(name))
  }
  const found = passed.find(isOurs)
  if (found === undefined) return
  const message = `${found} behind --: by the jobs' names and indices it is known what runs already; leave it out (--comment is free)`
  throw new LevError('Option', message, { option: '--' })
}

/** Throws Option for a name that is no default's. */
export function requireDefaults(without: readonly string[]): void {
  const unknown = without.find((name) => !(DEFAULTS as readonly string[]).includes(name))
  if (unknown === undefined) return
  const message = `--without ${unknown}: the defaults that can be left out are ${DEFAULTS.join(', ')}`
  throw new LevError('Option', message, { option: 'without' })
}
