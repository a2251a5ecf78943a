import { LevError } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { DEFAULTS } from '../../cluster/sbatch-arguments.ts'
import { submit } from '../../cluster/submit.ts'
import { indexList } from '../../steps/step-levels.ts'
import { defineCommand } from '../options/command.ts'
import { jobOptionsOf } from '../options/job-options.ts'
import { countOption, flagOption, listOption, textOption } from '../options/option.ts'
import { dryRunText, submissionText } from '../text/slurm-text.ts'

export const command = defineCommand({
  name: 'slurm',
  description:
    'Submits what a run folder lacks to Slurm: an array for each level, each after the one before. Typed again once the ' +
    'jobs are over, it submits what is still missing. The folder must be on a disk that all nodes see.',
  usage: 'submit --run DIR [-- any sbatch option]',
  positionals: {
    placeholder: 'submit',
    description: 'And behind -- any options of sbatch, which win',
    most: 1000,
  },
  options: {
    run: textOption('DIR', 'The run folder of levattention plan, or of run --checkpoint'),
    partition: textOption('NAME', 'As sbatch --partition'),
    account: textOption('NAME', 'As sbatch --account'),
    qos: textOption('NAME', 'As sbatch --qos'),
    time: textOption('TIME', 'As sbatch --time'),
    mem: textOption('SIZE', 'As sbatch --mem; no memory is asked for unless it is said'),
    'mem-per-cpu': textOption('SIZE', 'As sbatch --mem-per-cpu'),
    'cpus-per-task': countOption('N', 'As sbatch --cpus-per-task: cores of a task'),
    'array-limit': countOption('N', 'Tasks of an array that run at a time'),
    'shards-per-task': countOption('N', 'Shards of a map step that one array task does; default 1'),
    'batches-per-task': countOption('N', 'The same of query batches; default 1'),
    setup: listOption('LINE', 'A line of the script before the command, as in --setup "module load nodejs"'),
    without: listOption('NAME', `Leaves a default of ours out: ${DEFAULTS.join(', ')}`),
    'dry-run': flagOption('Prints the commands and scripts, and submits nothing'),
  },
  examples: [
    ['slurm submit --run r --partition main --time 1:00:00', 'all that is missing'],
    ['slurm submit --run r --shards-per-task 8 --cpus-per-task 8', 'fewer, larger tasks'],
    ['slurm submit --run r --dry-run -- --constraint=ssd', 'what would be submitted'],
  ],
  async run(values, io) {
    const { run: path, partition, account, qos, time, mem, setup, without } = values
    if (path === undefined) {
      const message = 'slurm submit is about a run folder: name it, as in `--run DIR`'
      throw new LevError('Option', message, { option: 'run' })
    }
    const dryRun = values['dry-run']
    const options = {
      run: path,
      partition,
      account,
      qos,
      time,
      mem,
      setup,
      without,
      dryRun,
      memPerCpu: values['mem-per-cpu'],
      cpusPerTask: values['cpus-per-task'],
      arrayLimit: values['array-limit'],
      shardsPerTask: values['shards-per-task'],
      batchesPerTask: values['batches-per-task'],
      passed: passedOn(values.positionals),
    }
    return await withJob(jobOptionsOf({ workers: 0 }, io), async (job) => {
      const submission = await submit(options, job)
      const jobs = submission.jobs.map(({ indices, ...one }) => ({ ...one, indices: indexList(indices) }))
      const { runId } = submission.plan
      const summary = { command: 'slurm', inputs: [], outputs: [], runId, jobs, ...job.measured() }
      if (dryRun) return { summary, text: dryRunText(submission), textTo: 'stdout' }
      return { summary, text: submissionText(path, submission) }
    })
  },
})

function passedOn([action, ...passed]: readonly string[]): readonly string[] {
  if (action !== 'submit') {
    const found = action === undefined ? '' : `, not '${action}'`
    throw new LevError('Option', `slurm submit is what there is${found}; the run folder is named by --run`)
  }
  if (passed.length === 0 || passed[0].startsWith('-')) return passed
  const message = `'${passed[0]}' is no option: options for sbatch come behind --`
  throw new LevError('Option', message)
}
