import { userInfo } from 'node:os'
import { type JobTask, jobTasksOf, SQUEUE_FORMAT } from './slurm-output.ts'
import { toolOutput } from './slurm-tool.ts'

/** Our tasks of all jobs whose name begins so, as far as Slurm still knows them: one call. Throws as `toolOutput`. */
export async function runJobTasks(namePrefix: string): Promise<JobTask[]> {
  const args = ['-h', '-r', '-t', 'all', `--user=${userInfo().username}`, '-o', SQUEUE_FORMAT]
  return jobTasksOf(await toolOutput('squeue', args)).filter(({ name }) => name.startsWith(namePrefix))
}
