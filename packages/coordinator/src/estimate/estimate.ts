import { LevError, sizeExponent, usesProducts } from '@levattention/core/internal'
import { DEFAULT_FAN_IN, fusesPasses, type KeyPlanOptions, shardRowsOf } from '../plan/plan.ts'
import type { RunJob } from '../checkpoint/plan-fields.ts'
import { matrixBytes } from '../tasks/require-memory.ts'
import { CANDIDATE_BYTES, drawnBytes, FLOAT32_BYTES, queryWork, universalBytes } from './query-work.ts'
import type { Rates } from './rates.ts'

export interface EstimateRequest extends Pick<
  KeyPlanOptions,
  'shards' | 'shardRows' | 'fanIn' | 'queryBatches' | 'p' | 'scores'
> {
  /** What is to be done; default run. */
  readonly job?: RunJob | undefined
  readonly n: number
  readonly d: number
  /** Queries, which a run alone has. */
  readonly m: number
  readonly epsilon: number
  /** Cores of the cluster, and of this machine. */
  readonly workers: number
  readonly ownCores: number
}

/** What a job takes, as far as shapes and rates tell; merges, and p = 2, with U as large as it can be. */
export interface Estimate {
  /** Of the jobs that choose keys. */
  readonly universalSize?: number
  readonly shardCount: number
  readonly shardRows: number
  readonly batchCount: number
  readonly coreHours: number
  readonly oneMachineSeconds: number
  readonly wallSeconds: number
  /** Of the keys, by the passes that every such job makes. */
  readonly readings: number
  readonly bytesRead: number
  /** Bytes that all merges of a level of one pass read, from the parts to the root. */
  readonly mergedBytes: readonly number[]
  readonly peakBytes: {
    readonly map: number
    readonly merge: number
    /** All on this machine, with the algebra of the keys' factor. */
    readonly factor?: number
    readonly query?: number
    /** With scores estimate: all on this machine. */
    readonly run?: number
  }
  /** p other than 2, queries: what U takes beside, or in all, where it is as large as it can be; counted without, as it may be far smaller. */
  readonly largest?: {
    /** More; with scores estimate of memory too, which else counts it. */
    readonly coreHours: number
    readonly bytes?: number
    /** In all. */
    readonly oneMachineSeconds: number
    readonly wallSeconds: number
  }
  /** p other than 2: what of the core-hours exact scores take, and how often they read the keys, where every query has a pair that may be heavy. */
  readonly exactCoreHours?: number
  readonly exactReadings?: number
  /** p = 4, where exact scores come from fourth moments: what of the core-hours their sum takes, and row sums by them. */
  readonly momentCoreHours?: number
  /** With scores estimate: what of the core-hours the draws take, and row sums from them; none where U is empty. */
  readonly drawnCoreHours?: number
  /** p other than 2: what each pass that weighs the keys, beyond three, adds to the core-hours. */
  readonly weighingCoreHours?: number
}

const BATCH_ROWS = 1024
/** Node itself with the kernels, and the rows that stream through them. */
export const PROCESS_BYTES = 80e6

/** Passes that weigh the keys, p other than 2: two at least, and mostly three, as each tells whether another is worth it. */
const USUAL_WEIGHINGS = 3

/** p other than 2: threads start, and compile what is many times as much code. */
const STARTING_SECONDS = 0.3

/** Passes that score all rows, after the factor is known: a sample's find the scale of its probabilities, and draw. */
const SCORINGS: Readonly<Record<RunJob, number>> = { run: 0, build: 0, scores: 1, sample: 2 }

/** Pure. Throws Option where the plan cannot be made. */
export function estimateRun(request: EstimateRequest, rates: Rates): Estimate {
  const { job = 'run', n, d, epsilon, p = 2, workers, ownCores, fanIn = DEFAULT_FAN_IN } = request
  const asked = { ...request, m: job === 'run' ? request.m : 0 }
  const { m } = asked
  requireShape(n, d, m)
  const shardRows = shardRowsOf({ rows: n, cols: d }, epsilon, request)
  const shardCount = Math.ceil(n / shardRows)
  const batchCount = m === 0 ? 0 : Math.ceil(request.queryBatches ?? m / BATCH_ROWS)
  const universalSize = SCORINGS[job] > 0 ? 0 : Math.min(n, d ** sizeExponent({ p }) / epsilon)
  const passes = keyPasses(job, request, shardCount, shardRows, rates)
  const work = queryWork(asked, universalSize, rates)
  const { searchSeconds, threadSeconds, universalSeconds, exactSeconds, exactReadings } = work
  const readings = passes.readings + (work.passSeconds === undefined ? 0 : 1)
  const keySeconds = passes.seconds + (work.passSeconds ?? 0)
  const secondsOn = (cores: number, further = 0) =>
    (rates.power ? STARTING_SECONDS : 0) +
    waves(keySeconds, shardCount, cores) +
    waves(searchSeconds + further, batchCount, cores) +
    threadSeconds +
    waves(exactSeconds, shardCount * exactReadings, cores)
  const threadsSeconds = threadSeconds * Math.min(workers, batchCount)
  const partBytes = 8 * d * d + Math.min(shardRows, universalSize) * (FLOAT32_BYTES * d + CANDIDATE_BYTES)
  const searchers = Math.min(ownCores, batchCount)
  const ofUniversal = universalBytes(asked, universalSize, searchers)
  const drawn =
    work.drawnSeconds === undefined ? undefined : drawnBytes(asked, Math.min(ownCores, shardCount), searchers)
  const isLargeDearer = universalSeconds > 0
  return {
    ...(SCORINGS[job] > 0 ? {} : { universalSize }),
    shardCount,
    shardRows,
    batchCount,
    coreHours: (keySeconds + searchSeconds + threadsSeconds + exactSeconds) / 3600,
    oneMachineSeconds: secondsOn(ownCores),
    wallSeconds: secondsOn(workers),
    ...(isLargeDearer
      ? {
          largest: {
            coreHours: universalSeconds / 3600,
            oneMachineSeconds: secondsOn(ownCores, universalSeconds),
            wallSeconds: secondsOn(workers, universalSeconds),
            ...(drawn ? { bytes: ofUniversal } : {}),
          },
        }
      : {}),
    readings,
    bytesRead: ((readings + exactReadings) * n + m) * d * FLOAT32_BYTES,
    mergedBytes: mergedParts(shardCount, fanIn).map((count) => count * partBytes),
    peakBytes: {
      map: PROCESS_BYTES + Math.max(2 * partBytes, drawn?.draw ?? 0),
      merge: PROCESS_BYTES + 3 * partBytes,
      factor: PROCESS_BYTES + partBytes + matrixBytes(d, ownCores),
      ...(job === 'run' ? { query: PROCESS_BYTES + (drawn?.search ?? ofUniversal) } : {}),
      ...(drawn ? { run: PROCESS_BYTES + drawn.together } : {}),
    },
    ...(exactSeconds === 0 ? {} : { exactCoreHours: exactSeconds / 3600, exactReadings }),
    ...(work.momentSeconds === undefined ? {} : { momentCoreHours: work.momentSeconds / 3600 }),
    ...(work.drawnSeconds === undefined
      ? {}
      : { drawnCoreHours: (work.drawnSeconds + threadsSeconds) / 3600 }),
    ...(passes.weighingSeconds === undefined ? {} : { weighingCoreHours: passes.weighingSeconds / 3600 }),
  }
}

/** How often a job reads the keys, where they are well-conditioned, and what that takes on one core. */
function keyPasses(
  job: RunJob,
  { n, d, p = 2, epsilon }: EstimateRequest,
  shardCount: number,
  shardRows: number,
  { power, ...rates }: Rates,
): { readonly readings: number; readonly seconds: number; readonly weighingSeconds?: number } {
  const scorings = SCORINGS[job]
  const isFused = scorings === 0 && fusesPasses({ rows: n, cols: d }, epsilon, { p }, shardCount, shardRows)
  const { secondsPerSelectedRow } = power ?? rates
  const laterSeconds =
    scorings > 0 ? scorings * rates.secondsPerScoredRow : isFused ? 0 : secondsPerSelectedRow
  const readings = 1 + (scorings > 0 ? scorings : isFused ? 0 : 1)
  const seconds = n * (rates.secondsPerGramRow + laterSeconds)
  if (power === undefined) return { readings, seconds }
  const isLifted = usesProducts(p, n, d)
  const weighingSeconds = n * power.secondsPerWeighedRow
  return {
    readings: readings + USUAL_WEIGHINGS + (isLifted ? 1 : 0),
    seconds: seconds + USUAL_WEIGHINGS * weighingSeconds + (isLifted ? n * power.secondsPerLiftedRow : 0),
    weighingSeconds,
  }
}

/** Sums that each level of the merge tree reads, from the parts up. */
export function mergedParts(shardCount: number, fanIn: number): number[] {
  const counts: number[] = []
  for (let count = shardCount; count > 1; count = Math.ceil(count / fanIn)) counts.push(count)
  return counts
}

/** Seconds of equal tasks of `seconds` in all, `workers` at a time. */
export function waves(seconds: number, taskCount: number, workers: number): number {
  return taskCount === 0 ? 0 : (seconds / taskCount) * Math.ceil(taskCount / workers)
}

/** Throws Option where a shape is none. */
export function requireShape(n: number, d: number, m: number): void {
  for (const [option, value, least] of [
    ['n', n, 1],
    ['d', d, 1],
    ['m', m, 0],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue
    const message = `--${option} is ${value}; it must be a whole number of at least ${least}`
    throw new LevError('Option', message, { option })
  }
}
