import { LevError } from '@levattention/core/internal'
import { type Job, withJob } from '../../job/job.ts'
import { finishStep, mapStep, mergeStep, requireIndex } from '../../steps/key-steps.ts'
import { collectStep, foundIn, HEAVY_NAME, queryStep } from '../../steps/query-steps.ts'
import { isSoftmaxRun } from '../../steps/softmax-steps.ts'
import { grantedCores } from '../../engines/granted-cores.ts'
import { RunFolder } from '../../checkpoint/run-folder.ts'
import { readPlan } from '../../checkpoint/run-plan.ts'
import { defineCommand } from '../options/command.ts'
import { runtimeOptions } from '../options/common-options.ts'
import { jobOptionsOf } from '../options/job-options.ts'
import { countOption, textOption } from '../options/option.ts'
import { stepIndex } from '../options/step-index.ts'
import { heavyPairsText } from '../text/number-text.ts'
import { noneMissedText } from '../text/summary-text.ts'
import { requireRun } from './plan.ts'

const STEPS = ['map', 'merge', 'finish', 'query', 'collect'] as const
type Step = (typeof STEPS)[number]
/** Options that say which task of a step is meant. */
const PLACED = ['level', 'height', 'index', 'shards-per-task', 'batches-per-task'] as const

export const command = defineCommand({
  name: 'step',
  description:
    'Does one step of a planned job. A step whose output stands ends at once; two copies of one may run side by side. It ' +
    'checks the inputs and every part that it reads, and exits with 75 where an earlier step is still to be done.',
  usage: 'map|merge|finish|query|collect --run DIR [--level L] [--index I]',
  positionals: { placeholder: 'STEP', description: 'map, merge, finish, query or collect', most: 1 },
  options: {
    run: textOption('DIR', 'The run folder, as `plan` made it'),
    level: countOption(
      'L',
      'Of map and merge: which pass over the keys, from 0; one that the data do not need ends at once',
      0,
    ),
    index: countOption(
      'I',
      'Of map, merge and query: which task. Default: SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX, SGE_TASK_ID - 1, PBS_ARRAY_INDEX, PARALLEL_SEQ - 1',
      0,
    ),
    height: countOption('H', 'Of merge: nodes of fan-in^H shards; default 1', 1),
    'index-offset': countOption('N', 'Added to an index that comes from the environment; default 0', 0),
    'shards-per-task': countOption('N', 'Of map: shards of one index; default 1'),
    'batches-per-task': countOption('N', 'Of query: batches of one index; default 1'),
    ...runtimeOptions,
  },
  examples: [
    ['step map --run DIR --index 7', "shard 7's part"],
    ['step map --run DIR --level 1 --index 7', 'the same shard, in the second pass'],
    [
      'step merge --run DIR --index 0',
      "the first 16 shards' parts as one, which later steps then read instead",
    ],
    ['step finish --run DIR', 'the universal set, from all parts; softmax has none'],
    ['step query --run DIR --index 0', 'the first batch of queries'],
    ['step collect --run DIR', 'result/heavy.npz and result/summary.json'],
  ],
  async run(values, io) {
    const step = requireStep(values.positionals[0])
    const path = requireRun(values.run)
    requireNoIndex(step, values)
    const folder = new RunFolder(path, readPlan(path))
    const indexOf = () => values.index ?? stepIndex(io.env, values['index-offset'] ?? 0)
    const shardsPerTask = values['shards-per-task'] ?? 1
    const batchesPerTask = values['batches-per-task'] ?? 1
    const workers = values.workers ?? threadsOf(step, shardsPerTask)
    const work: Record<Step, (job: Job) => Promise<object | void>> = {
      map: (job) => mapStep(folder, { level: values.level ?? 0, index: indexOf(), shardsPerTask }, job),
      merge: (job) =>
        mergeStep(folder, { level: values.level ?? 0, height: values.height ?? 1, index: indexOf() }, job),
      finish: (job) => finishStep(folder, job),
      query: (job) => queryStep(folder, { index: indexOf(), batchesPerTask }, job),
      collect: (job) => collectStep(folder, job),
    }
    return await withJob(jobOptionsOf({ ...values, workers }, io), async (job) => {
      const facts = (await work[step](job)) ?? { inputs: [] }
      const summary = {
        command: 'step',
        step,
        runId: folder.plan.runId,
        ...facts,
        outputs: [path],
        ...job.measured(),
      }
      const isNone = step === 'finish' && isSoftmaxRun(folder.plan)
      const done = isNone
        ? `there is none in ${path}: softmax has no universal set; step query is next`
        : step === 'collect'
          ? collectedIn(folder)
          : `done in ${path}`
      return { summary, text: `levattention step ${step}: ${done}` }
    })
  },
})

/** What lies there now, and how much of it. */
function collectedIn(folder: RunFolder): string {
  const { pairs, scores, seed, delta } = foundIn(folder)
  const file = folder.result(HEAVY_NAME)
  if (pairs === undefined) return `done in ${file}`
  const sure = delta === undefined ? '' : `; ${noneMissedText(delta, seed)}`
  return `${heavyPairsText(pairs, scores === 'estimate')} in ${file}${sure}`
}

/** One shard is one task: more threads would have nothing to do. A query step may have to read all keys. */
function threadsOf(step: Step, shardsPerTask: number): number | undefined {
  if (step === 'query') return undefined
  if (step !== 'map' || shardsPerTask === 1) return 0
  return Math.min(shardsPerTask, grantedCores())
}

function requireStep(name: string | undefined): Step {
  const step = STEPS.find((one) => one === name)
  if (step !== undefined) return step
  const found = name === undefined ? 'no step' : `there is no step '${name}'`
  throw new LevError('Option', `${found}; it is one of ${STEPS.join(', ')}, with --run DIR and --index`)
}

/** Throws Option for an option that `step` would pass over in silence. */
function requireNoIndex(
  step: Step,
  values: Readonly<Partial<Record<(typeof PLACED)[number], number | undefined>>>,
): void {
  const allowed: Record<Step, readonly (typeof PLACED)[number][]> = {
    map: ['level', 'index', 'shards-per-task'],
    merge: ['level', 'height', 'index'],
    finish: ['index'],
    query: ['index', 'batches-per-task'],
    collect: ['index'],
  }
  // They are one task each: engines that count from 0 may say so.
  if (step === 'finish' || step === 'collect') requireIndex('index', values.index ?? 0, 1, `${step} task`)
  const option = PLACED.find((name) => values[name] !== undefined && !allowed[step].includes(name))
  if (option === undefined) return
  throw new LevError('Option', `--${option} is not for step ${step}; leave it out`, { option })
}
