import { LevError } from '@levattention/core/internal'
import { userInfo } from 'node:os'
import { toolOutput } from './slurm-tool.ts'

/** The job id in what `sbatch --parsable` prints: `ID` or `ID;CLUSTER`. Throws Internal where there is none. */
export function jobIdOf(printed: string): string {
  const [, id] = /^(\d+)(?:;[^\n]*)?\s*$/.exec(printed.trim()) ?? []
  if (id !== undefined) return id
  throw new LevError('Internal', `sbatch printed no job id but '${printed.trim()}'`)
}

/** MaxArraySize in what `scontrol show config` prints; Slurm's own default where it is not there. */
export function maxArraySizeOf(config: string): number {
  const [, size] = /^MaxArraySize\s*=\s*(\d+)/m.exec(config) ?? []
  return size === undefined ? 1001 : Math.max(1, Number(size))
}

/** A task of a job, as squeue tells. */
export interface JobTask {
  readonly jobId: string
  readonly name: string
  /** Index in the array; undefined where the job is none. */
  readonly index: number | undefined
  readonly state: string
  readonly reason: string
  readonly nodes: string
}

export const SQUEUE_FORMAT = '%F|%K|%T|%r|%N|%j'

/** States in which a task may still do something. */
const ACTIVE = [
  'PENDING',
  'CONFIGURING',
  'RUNNING',
  'COMPLETING',
  'SUSPENDED',
  'REQUEUED',
  'REQUEUE_HOLD',
  'STAGE_OUT',
  'SIGNALING',
  'STOPPED',
  'RESIZING',
  'REQUEUE_FED',
  'SPECIAL_EXIT',
]

export function isActive({ state }: JobTask): boolean {
  return ACTIVE.includes(state)
}

/** What `squeue -h -r -t all -o SQUEUE_FORMAT` prints; lines that are none are passed over. */
export function jobTasksOf(printed: string): JobTask[] {
  return printed.split('\n').flatMap((line) => {
    const [jobId, index, state, reason, nodes, ...name] = line.trim().split('|')
    if (name.length === 0) return []
    return [
      {
        jobId,
        index: /^\d+$/.test(index) ? Number(index) : undefined,
        state,
        reason,
        nodes,
        name: name.join('|'),
      },
    ]
  })
}

/** Our tasks of all jobs whose name begins so, as far as Slurm still knows them: one call. Throws as `toolOutput`. */
export async function runJobTasks(namePrefix: string): Promise<JobTask[]> {
  const args = ['-h', '-r', '-t', 'all', `--user=${userInfo().username}`, '-o', SQUEUE_FORMAT]
  return jobTasksOf(await toolOutput('squeue', args)).filter(({ name }) => name.startsWith(namePrefix))
}
