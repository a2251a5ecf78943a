import { counted } from '@levattention/core/internal'
import { shellQuoted } from '../../cluster/job-script.ts'
import type { JobState } from '../../cluster/job-states.ts'
import type { Submission, SubmittedJob } from '../../cluster/submit.ts'
import { columns } from './text-layout.ts'

/** What was submitted. */
export function submissionText(path: string, { plan, jobs }: Submission): string {
  if (jobs.length === 0)
    return `levattention slurm: run ${plan.runId} in ${path} is complete; nothing was submitted`
  const rows = jobs.map(
    ({ id = '', name, indices }) => [name, `${counted(indices.length, 'array task')}, job ${id}`] as const,
  )
  return [`levattention slurm: run ${plan.runId} in ${path}: submitted`, columns(rows)].join('\n')
}

/** What would be typed, one command and its script after the other. */
export function dryRunText({ plan, jobs }: Submission): string {
  if (jobs.length === 0) return `# run ${plan.runId} is complete; nothing would be submitted`
  return jobs.map(commandText).join('\n')
}

function commandText({ arguments: words, script }: SubmittedJob): string {
  return `sbatch ${words.map(shellQuoted).join(' ')} <<'END'\n${script}END`
}

/** The jobs of a run, where Slurm was asked. */
export function jobStateLines(states: readonly JobState[] | undefined): string[] {
  if (states === undefined) return []
  if (states.length === 0) return ['  Slurm knows no job of this run']
  return [
    columns(
      states.map(({ id, name, state, reason, tasks }) => [
        `job ${id} ${name}`,
        `${counted(tasks, 'task')} ${state}${reason === undefined ? '' : ` (${reason})`}`,
      ]),
    ),
  ]
}
