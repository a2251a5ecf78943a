import type { ArrayJob } from './array-jobs.ts'

interface ScriptPlaces {
  /** Absolute: the script runs anywhere. */
  readonly node: string
  readonly command: string
  readonly run: string
  /** Lines before the command, such as 'module load nodejs'. */
  readonly setup: readonly string[]
}

/** The batch script of a job. `exec`: the step is to get the signals that Slurm sends. */
export function jobScript(job: ArrayJob, { node, command, run, setup }: ScriptPlaces): string {
  const words = [
    node,
    command,
    'step',
    job.step,
    '--run',
    run,
    ...(job.level === undefined ? [] : ['--level', `${job.level}`]),
    ...(job.height === undefined ? [] : ['--height', `${job.height}`]),
    ...(job.indexOffset === 0 ? [] : ['--index-offset', `${job.indexOffset}`]),
    ...(job.perTask === 1 ? [] : [perTaskOption(job), `${job.perTask}`]),
  ]
  return ['#!/bin/sh', ...setup, `exec ${words.map(shellQuoted).join(' ')}`, ''].join('\n')
}

function perTaskOption({ step }: ArrayJob): string {
  return step === 'map' ? '--shards-per-task' : '--batches-per-task'
}

/** A word as a POSIX shell reads it back. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
