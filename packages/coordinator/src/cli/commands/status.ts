import { withJob } from '../../job/job.ts'
import { statusOf } from '../../steps/status.ts'
import { RunFolder } from '../../checkpoint/run-folder.ts'
import { readPlan } from '../../checkpoint/run-plan.ts'
import { jobStates } from '../../cluster/job-states.ts'
import { defineCommand } from '../options/command.ts'
import { jobOptionsOf } from '../options/job-options.ts'
import { flagOption, textOption } from '../options/option.ts'
import { statusText } from '../text/run-status-text.ts'
import { jobStateLines } from '../text/slurm-text.ts'
import { requireRun } from './plan.ts'

export const command = defineCommand({
  name: 'status',
  description:
    'Tells what of a planned job is done, missing and broken, from its files alone: each is read and checked. Writes nothing.',
  usage: '--run DIR',
  options: {
    run: textOption('DIR', 'The run folder'),
    slurm: flagOption('With the states of the run’s Slurm jobs, by one squeue call'),
  },
  examples: [
    ['status --run DIR', 'what is left to do'],
    ['status --run DIR --json', 'the same for scripts'],
  ],
  async run(values, io) {
    const path = requireRun(values.run)
    const folder = new RunFolder(path, readPlan(path))
    return await withJob(jobOptionsOf({ workers: 0 }, io), async (job) => {
      const status = await statusOf(folder, job)
      const jobs = values.slurm ? await jobStates(folder.plan.runId) : undefined
      const summary = {
        command: 'status',
        run: status,
        ...(jobs ? { jobs } : {}),
        inputs: [],
        outputs: [],
        ...job.measured(),
      }
      return {
        summary,
        text: [statusText('status', path, status), ...jobStateLines(jobs)].join('\n'),
        textTo: 'stdout' as const,
      }
    })
  },
})
