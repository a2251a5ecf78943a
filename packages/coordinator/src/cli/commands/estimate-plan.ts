import { counted, LevError, type RowRange } from '@levattention/core/internal'
import { grantedCores } from '../../engines/granted-cores.ts'
import { estimateRun, type Estimate, type EstimateRequest } from '../../estimate/estimate.ts'
import { measureRates } from '../../estimate/rates.ts'
import { estimateSoftmax } from '../../estimate/softmax-estimate.ts'
import { measureSoftmaxRate } from '../../estimate/softmax-rate.ts'
import { type Job, withJob } from '../../job/job.ts'
import { withInputs } from '../../inputs/with-inputs.ts'
import { openBoth } from '../../inputs/open-problem.ts'
import { requireRunOptions } from '../../solve/run-options.ts'
import { requireSoftmaxOptions } from '../../solve/softmax-options.ts'
import { requireOptionsOf } from '../../steps/plan-run.ts'
import type { PlannedRunOptions } from '../../steps/run-inputs.ts'
import { ESTIMATE_PAYS_FROM } from '../../problem/estimate-options.ts'
import { DEFAULT_EPSILON } from '../../problem/attention-problem.ts'
import type { RunJob } from '../../checkpoint/plan-fields.ts'
import type { CommandIo, Outcome } from '../options/command.ts'
import { jobOptionsOf, planOf, visibilityOf } from '../options/job-options.ts'
import { bytesText, countText, numberText, partText, secondsText } from '../text/number-text.ts'
import { columns, wrapped } from '../text/text-layout.ts'

type Values = PlannedRunOptions & {
  readonly job?: RunJob | undefined
  readonly causal: boolean
  readonly 'query-start'?: number | undefined
  readonly 'sliding-window'?: number | undefined
  readonly 'key-rows'?: RowRange | undefined
  readonly 'query-rows'?: RowRange | undefined
  readonly 'key-mask'?: string | undefined
  readonly 'query-mask'?: string | undefined
  readonly keys: readonly string[]
  readonly queries: readonly string[]
  readonly n?: number | undefined
  readonly d?: number | undefined
  readonly m?: number | undefined
  readonly workers?: number | undefined
}

/** A run that takes one machine no longer than this needs no cluster. */
const SHORT_SECONDS = 3600

/** `plan --estimate`: what the job takes at these shapes, from rates measured here. Writes nothing. Throws Option. */
export async function estimatePlan(values: Values, io: CommandIo): Promise<Outcome> {
  return await withJob(jobOptionsOf({ workers: 0 }, io), async (job) => {
    const { job: kind = 'run' } = values
    const options = { ...values, ...planOf(values), ...visibilityOf(values) }
    requireOptionsOf(kind, options)
    const isSoftmax = values.attention === 'softmax'
    if (isSoftmax) requireSoftmaxOptions({ ...options, queries: queriesNamed(values) })
    else requireRunOptions(options)
    if (kind !== 'run' && values.m !== undefined) throw noQueries(kind)
    const shape = values.keys.length > 0 ? await shapeOf(values, job) : shapeGiven(values)
    const ownCores = grantedCores(io.env)
    const { epsilon = DEFAULT_EPSILON, workers = ownCores } = values
    const { scores } = values
    const request = { ...planOf(values), job: kind, ...shape, epsilon, workers, ownCores, scores }
    const estimate = isSoftmax
      ? estimateSoftmax(
          { ...request, epsilon: values.epsilon, top: values.top },
          await measureSoftmaxRate(shape.d, termsOf(values, shape.n), job),
        )
      : estimateRun(
          request,
          await measureRates(shape.d, { kind, p: values.p ?? 2, isEstimate: scores === 'estimate' }, job),
        )
    const summary = {
      command: 'plan',
      inputs: [],
      outputs: [],
      job: kind,
      ...(isSoftmax ? { attention: 'softmax' } : {}),
      n: shape.n,
      d: shape.d,
      ...(kind === 'run' ? { m: shape.m } : {}),
      ...(estimate.universalSize === undefined ? {} : { epsilon }),
      estimate,
      ...job.measured(),
    }
    const text = estimateText({ ...request, isSoftmax }, estimate, notCounted(values))
    return { summary, text, textTo: 'stdout' }
  })
}

async function shapeOf(values: Values, job: Job) {
  return await withInputs(values, job, async (inputs) => {
    const { keys, queries } = await openBoth(inputs, values)
    return { n: keys.rows, d: keys.cols, m: queries.rows }
  })
}

/** Without queries the keys are the queries, as of files. */
function shapeGiven({ n, d, m }: Values) {
  if (n !== undefined && d !== undefined) return { n, d, m: m ?? n }
  const message = '--estimate is about shapes: give --n N --d D (and --m M queries), or --keys K'
  throw new LevError('Option', message, { option: 'estimate' })
}

/** Of softmax, whose queries are no keys: from files, or so many of them. Throws Option where there is nothing of either. */
function queriesNamed({ keys, queries, m = 0 }: Values): readonly string[] {
  if (keys.length > 0 || queries.length > 0) return queries
  if (m > 0) return ['M']
  const message =
    '--estimate of softmax is about queries and keys, all of both: say how many queries, as in `--m 1000`'
  throw new LevError('Option', message, { option: 'm' })
}

/** What decides how long a pair takes. */
function termsOf({ epsilon, top, precision }: Values, keyCount: number) {
  return { epsilon, top, precision, keyCount }
}

function noQueries(job: RunJob): LevError {
  const message = `--m counts queries, and --job ${job} has none; leave it out`
  return new LevError('Option', message, { option: 'm' })
}

/** Options that change what a job takes, and that the estimate leaves out of account. */
const NOT_COUNTED = [
  'causal',
  'keep',
  'tighten',
  'method',
  'passes',
  'scores',
  'segment',
  'sliding-window',
  'key-rows',
  'query-rows',
  'key-mask',
  'query-mask',
] as const

function notCounted(values: Values): string[] {
  const isCounted = (name: string) => name === 'scores' && values.scores !== 'interval'
  return NOT_COUNTED.filter(
    (name) => values[name] !== undefined && values[name] !== false && !isCounted(name),
  )
}

function estimateText(
  { job, n, d, m, workers, ownCores, isSoftmax }: EstimateRequest & { job: RunJob; isSoftmax: boolean },
  estimate: Estimate,
  ignored: readonly string[],
): string {
  const { universalSize, peakBytes, mergedBytes, oneMachineSeconds, weighingCoreHours, largest } = estimate
  const { exactCoreHours = 0, drawnCoreHours = 0, momentCoreHours = 0 } = estimate
  const alone = `${secondsText(oneMachineSeconds)} on the ${counted(ownCores, 'core')} of this machine, reading not counted`
  const advice =
    oneMachineSeconds <= SHORT_SECONDS
      ? `one machine does it: ${alone}. A cluster is not needed; levattention ${job}${isSoftmax ? ' --attention softmax' : ''} does the same`
      : `one machine takes ${alone}`
  const queries = job === 'run' ? `, queries [${countText(m)}, ${d}]` : ''
  const rows: [string, string][] = [
    ['estimated', `a ${isSoftmax ? 'softmax ' : ''}${job} of keys [${countText(n)}, ${d}]${queries}`],
  ]
  if (universalSize !== undefined) {
    const ofQueries = job === 'run' && largest === undefined ? 'queries, ' : ''
    const more =
      largest === undefined
        ? ''
        : `; where there are so many, queries take ${coreTimeText(largest.coreHours)}${largest.bytes === undefined ? '' : ` and ${bytesText(largest.bytes)}`} more, in all ${secondsText(largest.oneMachineSeconds)} here`
    rows.push([
      'universal set',
      `at most ${countText(Math.ceil(universalSize))} keys: what is said of ${ofQueries}merges and their memory takes so many${more}`,
    ])
  }
  rows.push(
    ['shards', `${countText(estimate.shardCount)} of ${countText(estimate.shardRows)} rows`],
    ['core time', coreHoursText(estimate.coreHours)],
    [`wall time`, `${secondsText(estimate.wallSeconds)} on ${counted(workers, 'core')}, reading not counted`],
    ['bytes read', `${bytesText(estimate.bytesRead)} of float32 files, ${readingsText(estimate)}`],
    ['bytes merged', mergedBytes.length === 0 ? 'none' : mergedBytes.map(bytesText).join(', then ')],
    [
      'peak memory',
      Object.entries(peakBytes)
        .map(([step, bytes]) => `${step} ${bytesText(bytes)}`)
        .join(', '),
    ],
  )
  const partOf = (coreHours: number) =>
    `${coreTimeText(coreHours)}, ${partText(coreHours / estimate.coreHours)} of it`
  if (exactCoreHours > 0)
    rows.push([
      'exact scores',
      `${partOf(exactCoreHours)}: sums over all keys, where every query has a pair that may be heavy${estimatesPay(n)}`,
    ])
  if (momentCoreHours > 0)
    rows.push([
      'exact scores',
      `${partOf(momentCoreHours)}: one pass that sums the keys' fourth moments, and row sums by them`,
    ])
  if (drawnCoreHours > 0)
    rows.push([
      'estimates',
      `${partOf(drawnCoreHours)}: one pass that draws keys, and row sums from them; none where the universal set is empty`,
    ])
  if (weighingCoreHours !== undefined)
    rows.push(['each further weighing', `${coreTimeText(weighingCoreHours)} more`])
  if (ignored.length > 0) rows.push(['not counted', ignored.map((name) => `--${name}`).join(', ')])
  return [wrapped(`levattention plan --estimate: ${advice}`, 0, 2), columns(rows)].join('\n')
}

/** `2.1 core-hours`, or below one minutes and seconds, as a part of core time is told. */
function coreTimeText(coreHours: number): string {
  return coreHours < 1 ? `${secondsText(3600 * coreHours)} of core time` : coreHoursText(coreHours)
}

function coreHoursText(coreHours: number): string {
  const hours = `${numberText(coreHours)} core-hours`
  return coreHours < 1 ? `${secondsText(3600 * coreHours)} (${hours})` : hours
}

/** Where sums over all keys need not be made. */
function estimatesPay(n: number): string {
  return n < ESTIMATE_PAYS_FROM ? '' : '; with --scores estimate a fraction of it'
}

/** Nearly dependent keys are read once more; how often keys are weighed, they say themselves. */
function readingsText({ readings, exactReadings = 0, weighingCoreHours }: Estimate): string {
  const passes = readings === 1 ? 'in one pass' : `in ${counted(readings, 'pass')}`
  const once = weighingCoreHours === undefined ? passes : `${passes} or more`
  return exactReadings === 0 ? once : `${once} and ${countText(exactReadings)} for exact scores`
}
