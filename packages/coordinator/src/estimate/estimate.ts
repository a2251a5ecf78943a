import {
  estimateDrawLimit,
  EXACT_QUERIES_A_PASS,
  LevError,
  productColumns,
  sizeExponent,
  usesProducts,
} from '@levattention/core/internal'
import { DEFAULT_FAN_IN, fusesPasses, type KeyPlanOptions, shardRowsOf } from '../plan/plan.ts'
import { momentUnits, usesFourthMoments } from '../plan/moments.ts'
import type { RunJob } from '../checkpoint/plan-fields.ts'
import type { Rates } from './rates.ts'
import { matrixBytes } from '../tasks/require-memory.ts'
import { DRAWN_A_QUERY, readsAllKeys } from '../problem/attention-problem.ts'

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

/** What a job takes, as far as shapes and rates tell; U is taken as large as it can be. */
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
  }
  /** p other than 2: what of the core-hours exact scores take, and how often they read the keys, where every query has a pair that may be heavy. */
  readonly exactCoreHours?: number
  readonly exactReadings?: number
  /** p = 4, where exact scores come from fourth moments: what of the core-hours their sum takes, and row sums by them. */
  readonly momentCoreHours?: number
  /** With scores estimate: what of the core-hours the draws take, and row sums from them. */
  readonly drawnCoreHours?: number
  /** p other than 2: what each pass that weighs the keys, beyond two, adds to the core-hours. */
  readonly weighingCoreHours?: number
}

const BATCH_ROWS = 1024
export const FLOAT32_BYTES = 4
/** Node itself with the kernels, and the rows that stream through them. */
export const PROCESS_BYTES = 80e6
/** An entry of a drawn row: as it was read, and as float64 in the thread that takes its products. */
const DRAWN_BYTES = FLOAT32_BYTES + 8
/** A candidate beside its key: row id and bound. */
const CANDIDATE_BYTES = 16

/** Passes that weigh the keys, of every job with p other than 2: the second tells whether a third is worth it. */
const LEAST_WEIGHINGS = 2

/** Passes that score all rows, after the factor is known: a sample's find the scale of its probabilities, and draw. */
const SCORINGS: Readonly<Record<RunJob, number>> = { run: 0, build: 0, scores: 1, sample: 2 }

/** Pure. Throws Option where the plan cannot be made. */
export function estimateRun(request: EstimateRequest, rates: Rates): Estimate {
  const { job = 'run', n, d, epsilon, p = 2, workers, ownCores, fanIn = DEFAULT_FAN_IN } = request
  const m = job === 'run' ? request.m : 0
  requireShape(n, d, m)
  const shardRows = shardRowsOf({ rows: n, cols: d }, epsilon, request)
  const shardCount = Math.ceil(n / shardRows)
  const batchCount = m === 0 ? 0 : Math.ceil(request.queryBatches ?? m / BATCH_ROWS)
  const universalSize = SCORINGS[job] > 0 ? 0 : Math.min(n, d ** sizeExponent({ p }) / epsilon)
  const { readings, passSeconds } = keyPasses(job, request, shardCount, shardRows, rates)
  const isWeighed = readsAllKeys({ scores: 'exact', p })
  const weighings = isWeighed ? LEAST_WEIGHINGS : 0
  const lifted = usesProducts(p, n, d)
  const liftSeconds = lifted ? n * rates.secondsPerGramRow * (productColumns(d) / d) ** 2 : 0
  const isDrawn = isWeighed && request.scores === 'estimate' && m > 0
  const moments = momentSeconds(request, m, rates)
  const sumsAll = isWeighed && !isDrawn && !moments
  // Two scores a row, each about as much as its part of a Gram; then few queries need more than the first stages.
  const drawSeconds = isDrawn ? 2 * n * rates.secondsPerGramRow : 0
  const drawnSeconds = isDrawn ? m * DRAWN_A_QUERY * d * rates.secondsPerExactProduct : 0
  const exactSeconds = sumsAll ? m * n * d * rates.secondsPerExactProduct : 0
  const exactReadings = sumsAll ? Math.ceil(m / EXACT_QUERIES_A_PASS) : 0
  const querySeconds =
    m * (rates.secondsPerQuery + universalSize * d * rates.secondsPerProduct) +
    drawnSeconds +
    (moments?.querying ?? 0)
  // Draws, or moments, are one more reading, and so are products.
  const allReadings = readings + weighings + (lifted ? 1 : 0) + (isDrawn || moments ? 1 : 0)
  const keySeconds = (1 + weighings) * passSeconds + liftSeconds + drawSeconds + (moments?.summing ?? 0)
  const secondsOn = (cores: number) =>
    waves(keySeconds, shardCount, cores) +
    waves(querySeconds, batchCount, cores) +
    waves(exactSeconds, shardCount * exactReadings, cores)
  const partBytes = 8 * d * d + Math.min(shardRows, universalSize) * (FLOAT32_BYTES * d + CANDIDATE_BYTES)
  const universalBytes = universalSize * (FLOAT32_BYTES * d + CANDIDATE_BYTES)
  const drawnBytes = isDrawn ? estimateDrawLimit(d, n) * d * DRAWN_BYTES : 0
  return {
    ...(SCORINGS[job] > 0 ? {} : { universalSize }),
    shardCount,
    shardRows,
    batchCount,
    coreHours: (keySeconds + querySeconds + exactSeconds) / 3600,
    oneMachineSeconds: secondsOn(ownCores),
    wallSeconds: secondsOn(workers),
    readings: allReadings,
    bytesRead: ((allReadings + exactReadings) * n + m) * d * FLOAT32_BYTES,
    mergedBytes: mergedParts(shardCount, fanIn).map((count) => count * partBytes),
    peakBytes: {
      map: PROCESS_BYTES + 2 * partBytes,
      merge: PROCESS_BYTES + 3 * partBytes,
      factor: PROCESS_BYTES + partBytes + matrixBytes(d, ownCores),
      ...(job === 'run' ? { query: PROCESS_BYTES + 2 * universalBytes + drawnBytes } : {}),
    },
    ...(exactSeconds === 0 ? {} : { exactCoreHours: exactSeconds / 3600, exactReadings }),
    ...(moments ? { momentCoreHours: (moments.summing + moments.querying) / 3600 } : {}),
    ...(isDrawn ? { drawnCoreHours: (drawSeconds + drawnSeconds) / 3600 } : {}),
    ...(isWeighed ? { weighingCoreHours: passSeconds / 3600 } : {}),
  }
}

/** p = 4: the pass that sums the keys' fourth moments, and row sums by them, where exact scores come from these. */
function momentSeconds(
  { n, d, p, scores }: EstimateRequest,
  m: number,
  rates: Rates,
): { summing: number; querying: number } | undefined {
  const shape = { rows: n, cols: d }
  if (!usesFourthMoments(shape, { p, scores, queryCount: m })) return undefined
  const { summing, querying } = momentUnits(shape, m)
  const unit = d * rates.secondsPerExactProduct
  return { summing: unit * summing, querying: unit * querying }
}

/** How often a job reads the keys, where they are well-conditioned, and what that takes on one core. */
function keyPasses(
  job: RunJob,
  { n, d, p = 2, epsilon }: EstimateRequest,
  shardCount: number,
  shardRows: number,
  rates: Rates,
): { readings: number; passSeconds: number } {
  const scorings = SCORINGS[job]
  const isFused = scorings === 0 && fusesPasses({ rows: n, cols: d }, epsilon, { p }, shardCount, shardRows)
  const laterSeconds =
    scorings > 0 ? scorings * rates.secondsPerScoredRow : isFused ? 0 : rates.secondsPerSelectedRow
  return {
    readings: 1 + (scorings > 0 ? scorings : isFused ? 0 : 1),
    passSeconds: n * (rates.secondsPerGramRow + laterSeconds),
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
