import { LevError } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { runLevels } from '../../cluster/run-levels.ts'
import { defineCommand } from '../options/command.ts'
import { runtimeOptions } from '../options/common-options.ts'
import { jobOptionsOf } from '../options/job-options.ts'
import { listOption, textOption } from '../options/option.ts'
import { statusText } from '../text/run-status-text.ts'

export const command = defineCommand({
  name: 'parallel',
  description:
    'Does what a run folder lacks with GNU parallel, here or on hosts by ssh: the levels one after the other. Typed ' +
    'again after a failure, it goes on with what is missing. log/ in the folder has a joblog for each level.',
  usage: '--run DIR --jobs N [--sshlogin HOST …] [-- any option of parallel]',
  positionals: { placeholder: '-- …', description: 'Any options of parallel', most: 1000 },
  options: {
    run: textOption('DIR', 'The run folder, which all hosts see under the same name'),
    jobs: textOption(
      'N',
      'Tasks at a time on each host, as parallel --jobs: a number, 50 % as 50%, +0 for a core each',
    ),
    sshlogin: listOption('HOST', 'As parallel --sshlogin; : is this host'),
    without: listOption('NAME', 'Leaves something out: merge, the sums of the merge tree'),
    workers: { ...runtimeOptions.workers, description: 'Threads of each task; default 1' },
  },
  examples: [
    ['parallel --run r --jobs 4', 'four tasks at a time, here'],
    ['parallel --run r --without merge -- --retries 2', 'no merge steps; an option of GNU parallel itself'],
    ['parallel --run r --jobs 8 --sshlogin n1 --sshlogin n2', 'eight on each of two hosts'],
  ],
  async run({ run: path, jobs, sshlogin, without, workers = 1, positionals: passed }, io) {
    if (path === undefined) {
      const message = 'parallel is about a run folder: name it, as in `--run DIR`'
      throw new LevError('Option', message, { option: 'run' })
    }
    const merges = !leavesMerges(without)
    return await withJob(jobOptionsOf({ workers: 0 }, io), async (job) => {
      const status = await runLevels({ run: path, jobs, sshlogin, workers, merges, passed }, job)
      const summary = { command: 'parallel', run: status, inputs: [], outputs: [path], ...job.measured() }
      return { summary, text: statusText('parallel', path, status) }
    })
  },
})

function leavesMerges(without: readonly string[]): boolean {
  const unknown = without.find((name) => name !== 'merge')
  if (unknown === undefined) return without.length > 0
  throw new LevError('Option', `--without ${unknown}: what can be left out is merge`, { option: 'without' })
}
