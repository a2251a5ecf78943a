import { counted, LevError, MAX_COLS, shellWord } from '@levattention/core/internal'
import { withInputs } from '../../inputs/with-inputs.ts'
import { withSeen } from '../../problem/seen-rows.ts'
import { cutRun, openFolder } from '../../steps/plan-run.ts'
import { withRunSeed } from '../../steps/run-seed.ts'
import { withJob } from '../../job/job.ts'
import { treeHeight, wholeNodes } from '../../checkpoint/merge-tree.ts'
import type { RunStats } from '../../tasks/run-context.ts'
import { RUN_JOBS, type RunPlan } from '../../checkpoint/plan-fields.ts'
import { isOfSoftmax } from '../../checkpoint/plan-options.ts'
import { defineCommand } from '../options/command.ts'
import {
  causalOption,
  epsilonOptions,
  inputOptions,
  keysOption,
  methodOptions,
  passesOption,
  planOptions,
  queriesOption,
  queryStartOption,
  scoresOption,
  segmentOption,
  signOption,
  softmaxPairsOptions,
  tightenOption,
} from '../options/common-options.ts'
import { jobOptionsOf, planOf, sketchOf, visibilityOf } from '../options/job-options.ts'
import { countOf, countText } from '../text/number-text.ts'
import { estimatePlan } from './estimate-plan.ts'
import { choiceOption, countOption, flagOption, textOption } from '../options/option.ts'
import { wrapped } from '../text/text-layout.ts'
import { warningLines } from '../text/summary-text.ts'

export const command = defineCommand({
  name: 'plan',
  description:
    'Cuts a job into steps that any cluster runs: writes plan.json into a run folder, which all steps share. The plan is a ' +
    'function of the inputs and options alone, so its results are those of one machine, byte for byte.',
  usage: '--run DIR --keys K [--queries Q]',
  options: {
    run: textOption('DIR', 'The run folder, on a disk that all steps see; made if missing'),
    job: choiceOption(RUN_JOBS, 'What is wanted; default run'),
    keys: keysOption,
    queries: queriesOption,
    ...epsilonOptions,
    passes: passesOption,
    causal: causalOption,
    'query-start': queryStartOption,
    segment: segmentOption,
    ...softmaxPairsOptions,
    tighten: tightenOption,
    ...methodOptions,
    seed: {
      ...methodOptions.seed,
      description:
        'Of --method sketch: which sketches; of --job sample: which rows; default 1. Scores estimate: which draws; default one at random, which is told',
    },
    scores: scoresOption,
    sign: signOption,
    estimate: flagOption('Only tells what the job would take, from rates measured here; writes nothing'),
    n: countOption('N', 'With --estimate and without files: keys'),
    d: countOption('D', 'With --estimate: columns', 1, MAX_COLS),
    m: countOption('M', 'With --estimate: queries; default: the keys are the queries', 0),
    workers: countOption('W', 'With --estimate: cores of the cluster; default those of this machine'),
    rows: countOption('S', 'Of --job sample: rows in expectation'),
    ...inputOptions,
    ...planOptions,
  },
  examples: [
    ['plan --run DIR --keys K.npy --queries Q.npy --shards 24', 'then: step map, finish, query, collect'],
    [
      'plan --run DIR --keys K.npy --queries Q.npy --p 4 --shard-rows 1048576',
      'later passes are further map levels',
    ],
    ['plan --estimate --n 1e9 --d 100 --m 1e6 --workers 256', 'what would that take?'],
    ['plan --run DIR --job scores --keys K.npy', 'all leverage scores, in steps'],
  ],
  async run(values, io) {
    const { job: kind = 'run' } = values
    if (values.estimate) return await estimatePlan({ ...values, signal: io.signal }, io)
    requireEstimateOptions(values)
    const path = requireRun(values.run)
    const method = kind === 'sample' ? {} : sketchOf(values)
    const given = {
      ...values,
      ...planOf(values),
      ...method,
      ...visibilityOf(values),
      signal: io.signal,
    }
    const options = withRunSeed(given, path)
    const made = await withJob(jobOptionsOf({}, io), (job) =>
      withInputs(withSeen(options), job, async (inputs) => {
        const cut = await cutRun(kind, options, inputs)
        warnOfShards(values.shards, cut.rest, job.stats)
        const { plan } = await openFolder(path, cut, job)
        return { plan, inputs: inputs.parts, measured: job.measured() }
      }),
    )
    const { plan, inputs, measured } = made
    const { runId, rowCount: n, dim: d, shards, queryBatches, mapLevels } = plan
    const cut = { runId, job: kind, shards: shards.length, queryBatches: queryBatches.length, mapLevels }
    const summary = { command: 'plan', n, d, ...cut, inputs, outputs: [path], ...measured }
    return { summary, text: [planText(path, plan), ...warningLines(measured)].join('\n') }
  },
})

/** Throws Option for shapes and cores, which a plan takes from its files and leaves to the engine. */
function requireEstimateOptions(
  values: Readonly<Record<'n' | 'd' | 'm' | 'workers', number | undefined>>,
): void {
  const option = (['n', 'd', 'm', 'workers'] as const).find((name) => values[name] !== undefined)
  if (option === undefined) return
  const message = `--${option} is for --estimate: a plan takes shapes from its files, and no worker count is in it`
  throw new LevError('Option', message, { option })
}

/** Scripts count shards. */
function warnOfShards(
  wanted: number | undefined,
  { shards, rowCount }: Pick<RunPlan, 'shards' | 'rowCount'>,
  stats: RunStats,
): void {
  if (wanted === undefined || wanted === shards.length) return
  const found = `${counted(rowCount, 'row')} make ${counted(shards.length, 'shard')}`
  stats.warn('shards', `--shards ${wanted}: ${found}, since all but the last have a multiple of 4096 rows`)
}

/** The folder of a run. Throws Option where none is named. */
export function requireRun(run: string | undefined): string {
  if (run !== undefined) return run
  throw new LevError('Option', 'no --run: name the run folder, as in `--run DIR`', { option: 'run' })
}

/** What to run, in order. */
function planText(
  path: string,
  { job, options, runId, rowCount, dim, shards, fanIn, queryBatches, mapLevels }: RunPlan,
): string {
  const to = (count: number) => (count <= 1 ? '0 alone' : `0 to ${count - 1}`)
  const isSoftmax = isOfSoftmax(options)
  const batches = job === 'run' ? ` and ${countOf(queryBatches.length, 'query batch')}` : ''
  const title = `levattention plan: a ${isSoftmax ? 'softmax ' : ''}${job} of keys [${countText(rowCount)}, ${dim}] in ${countOf(shards.length, 'shard')}${batches}; run ${runId} in ${path}${seedText(options)}. Its steps, in order:`
  const steps: Step[] = [
    [
      'step map',
      '--level L --index I',
      `levels ${to(mapLevels)}, one after the other; indices ${to(shards.length)}, side by side`,
    ],
    ...mergeStep({ shards, fanIn }),
    ...(isSoftmax ? [] : [['step finish', '', ''] as const]),
    ...(job === 'run' ? queryStepsOf(to(queryBatches.length)) : []),
    ['status', '', 'what is done and what is missing'],
  ]
  return [wrapped(title, 0, 2), ...steps.flatMap((step) => stepLines(path, step))].join('\n')
}

/** The seed that was drawn, by which a run makes the same bytes. */
function seedText({ scores, seed }: RunPlan['options']): string {
  return scores === 'estimate' && typeof seed === 'number' ? `, scores by the draws of --seed ${seed}` : ''
}

type Step = readonly [name: string, options: string, meaning: string]

function queryStepsOf(indices: string): Step[] {
  return [
    ['step query', '--index I', `indices ${indices}, side by side`],
    ['step collect', '', ''],
  ]
}

function stepLines(path: string, [name, options, meaning]: Step): string[] {
  const line = `  levattention ${name} --run ${shellWord(path)} ${options}`.trimEnd()
  return meaning === '' ? [line] : [line, wrapped(meaning, 6)]
}

function mergeStep({ shards, fanIn }: Pick<RunPlan, 'shards' | 'fanIn'>): Step[] {
  const most = treeHeight(shards.length, fanIn)
  if (most === 0) return []
  const last = wholeNodes(shards.length, fanIn, 1) - 1
  const higher = most > 1 ? `; then --height 2 to ${most}` : ''
  return [
    [
      'step merge',
      '--level L --index I',
      `where you like: sums of ${fanIn} parts, indices 0 to ${last}${higher}`,
    ],
  ]
}
