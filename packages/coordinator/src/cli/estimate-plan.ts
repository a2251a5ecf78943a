import { counted, LevError } from '@levattention/core/internal'
import { grantedCores } from '../engines/granted-cores.ts'
import { estimateRun, type Estimate } from '../estimate/estimate.ts'
import { measureRates } from '../estimate/rates.ts'
import { type Job, withJob } from '../jobs/job.ts'
import { type InputOptions, withInputs } from '../jobs/open-inputs.ts'
import { requireSameDim } from '../jobs/require-dim.ts'
import { DEFAULT_EPSILON } from '../jobs/run.ts'
import type { CommandIo, Outcome } from './command.ts'
import { jobOptionsOf, planOf } from './job-options.ts'
import { bytesText, countText, numberText, secondsText } from './number-text.ts'
import { columns, wrapped } from './text-layout.ts'

type Values = InputOptions & {
  readonly keys: readonly string[]
  readonly queries: readonly string[]
  readonly epsilon?: number | undefined
  readonly p?: number | undefined
  readonly n?: number | undefined
  readonly d?: number | undefined
  readonly m?: number | undefined
  readonly workers?: number | undefined
}

/** A run that takes one machine no longer than this needs no cluster. */
const SHORT_SECONDS = 3600

/** `plan --estimate`: what a run of these shapes takes, from rates measured here. Writes nothing. Throws Option. */
export async function estimatePlan(values: Values, io: CommandIo): Promise<Outcome> {
  return await withJob(jobOptionsOf({ workers: 0 }, io), async (job) => {
    const shape = values.keys.length > 0 ? await shapeOf(values, job) : shapeGiven(values)
    const ownCores = grantedCores(io.env)
    const { epsilon = DEFAULT_EPSILON, workers = ownCores } = values
    const request = { ...planOf(values), ...shape, epsilon, workers, ownCores }
    const estimate = estimateRun(request, await measureRates(shape.d, job))
    const summary = {
      command: 'plan',
      inputs: [],
      outputs: [],
      ...shape,
      epsilon,
      estimate,
      ...job.measured(),
    }
    return { summary, text: estimateText(request, estimate), textTo: 'stdout' }
  })
}

async function shapeOf(values: Values, job: Job) {
  return await withInputs(values, job, async (inputs) => {
    const keys = await inputs.open(values.keys, 'keys')
    const queries = values.queries.length > 0 ? await inputs.open(values.queries, 'queries') : keys
    requireSameDim(keys, queries)
    return { n: keys.rows, d: keys.cols, m: queries.rows }
  })
}

function shapeGiven({ n, d, m = 0 }: Values) {
  if (n !== undefined && d !== undefined) return { n, d, m }
  const message = '--estimate is about shapes: give --n N --d D (and --m M queries), or --keys K'
  throw new LevError('Option', message, { option: 'estimate' })
}

function estimateText(
  { n, d, m, workers, ownCores }: { n: number; d: number; m: number; workers: number; ownCores: number },
  estimate: Estimate,
): string {
  const { peakBytes, mergedBytes, oneMachineSeconds, weighingCoreHours, exactCoreHours = 0 } = estimate
  const alone = `${secondsText(oneMachineSeconds)} on the ${counted(ownCores, 'core')} of this machine, reading not counted`
  const advice =
    oneMachineSeconds <= SHORT_SECONDS
      ? `One machine does it: ${alone}. A cluster is not needed; levattention run does the same.`
      : `One machine takes ${alone}.`
  const rows: [string, string][] = [
    [
      'universal set',
      `at most ${countText(Math.ceil(estimate.universalSize))} keys: what is said of queries, merges and memory takes so many`,
    ],
    ['shards', `${countText(estimate.shardCount)} of ${countText(estimate.shardRows)} rows`],
    ['core-hours', numberText(estimate.coreHours)],
    [`wall time`, `${secondsText(estimate.wallSeconds)} on ${counted(workers, 'core')}, reading not counted`],
    ['bytes read', `${bytesText(estimate.bytesRead)} of float32 files, ${readingsText(estimate)}`],
    ['bytes merged', mergedBytes.length === 0 ? 'none' : mergedBytes.map(bytesText).join(', then ')],
    [
      'peak memory',
      `map ${bytesText(peakBytes.map)}, merge ${bytesText(peakBytes.merge)}, query ${bytesText(peakBytes.query)}`,
    ],
  ]
  if (exactCoreHours > 0)
    rows.push([
      'exact scores',
      `${numberText(exactCoreHours)} of the core-hours: sums over all keys, where every query has a pair that may be heavy`,
    ])
  if (weighingCoreHours !== undefined)
    rows.push(['each weighing pass', `${numberText(weighingCoreHours)} core-hours more`])
  const shapes = `keys [${countText(n)}, ${d}]; queries [${countText(m)}, ${d}]`
  return [`levattention plan --estimate: ${shapes}`, wrapped(advice, 2), columns(rows)].join('\n')
}

/** Nearly dependent keys are read once more. */
function readingsText({ readings, exactReadings = 0 }: Estimate): string {
  const once = readings === 1 ? 'in one pass' : `in ${counted(readings, 'pass')}`
  return exactReadings === 0 ? once : `${once} and ${countText(exactReadings)} for exact scores`
}
