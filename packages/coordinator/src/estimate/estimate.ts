import { EXACT_QUERIES_A_PASS, LevError } from '@levattention/core/internal'
import { DEFAULT_FAN_IN, fusesPasses, type KeyPlanOptions, shardRowsOf } from '../plan.ts'
import type { Rates } from './rates.ts'

export interface EstimateRequest extends Pick<
  KeyPlanOptions,
  'shards' | 'shardRows' | 'fanIn' | 'queryBatches' | 'p'
> {
  readonly n: number
  readonly d: number
  readonly m: number
  readonly epsilon: number
  /** Cores of the cluster, and of this machine. */
  readonly workers: number
  readonly ownCores: number
}

/** What a run takes, as far as shapes and rates tell; U is taken as large as it can be. */
export interface Estimate {
  readonly universalSize: number
  readonly shardCount: number
  readonly shardRows: number
  readonly batchCount: number
  readonly coreHours: number
  readonly oneMachineSeconds: number
  readonly wallSeconds: number
  /** Of the keys, by the passes that every run makes. */
  readonly readings: number
  readonly bytesRead: number
  /** Bytes that all merges of a level of one pass read, from the parts to the root. */
  readonly mergedBytes: readonly number[]
  readonly peakBytes: { readonly map: number; readonly merge: number; readonly query: number }
  /** p other than 2: what of the core-hours exact scores take, and how often they read the keys, where every query has a pair that may be heavy. */
  readonly exactCoreHours?: number
  readonly exactReadings?: number
  /** p other than 2: what each pass that weighs the keys adds to the core-hours. */
  readonly weighingCoreHours?: number
}

const BATCH_ROWS = 1024
const FLOAT32_BYTES = 4
/** Node itself with the kernels, and the rows that stream through them. */
const PROCESS_BYTES = 80e6
/** A candidate beside its key: row id and bound. */
const CANDIDATE_BYTES = 16

/** Pure. Throws Option where the plan cannot be made. */
export function estimateRun(request: EstimateRequest, rates: Rates): Estimate {
  const { n, d, m, epsilon, p = 2, workers, ownCores, fanIn = DEFAULT_FAN_IN } = request
  requireShape(n, d, m)
  const shardRows = shardRowsOf({ rows: n, cols: d }, epsilon, request)
  const shardCount = Math.ceil(n / shardRows)
  const batchCount = Math.ceil(request.queryBatches ?? m / BATCH_ROWS)
  const universalSize = Math.min(n, d ** Math.max(1, p / 2) / epsilon)
  const isFused = p === 2 && fusesPasses({ rows: n, cols: d }, epsilon, shardCount, shardRows)
  const readings = isFused ? 1 : 2
  const passSeconds = n * (rates.secondsPerGramRow + (isFused ? 0 : rates.secondsPerSelectedRow))
  const exactSeconds = p === 2 ? 0 : m * n * d * rates.secondsPerExactProduct
  const exactReadings = p === 2 ? 0 : Math.ceil(m / EXACT_QUERIES_A_PASS)
  const querySeconds = m * universalSize * d * rates.secondsPerProduct
  const secondsOn = (cores: number) =>
    waves(passSeconds, shardCount, cores) +
    waves(querySeconds, batchCount, cores) +
    waves(exactSeconds, shardCount * exactReadings, cores)
  const partBytes = 8 * d * d + Math.min(shardRows, universalSize) * (FLOAT32_BYTES * d + CANDIDATE_BYTES)
  const universalBytes = universalSize * (FLOAT32_BYTES * d + CANDIDATE_BYTES)
  return {
    universalSize,
    shardCount,
    shardRows,
    batchCount,
    coreHours: (passSeconds + querySeconds + exactSeconds) / 3600,
    oneMachineSeconds: secondsOn(ownCores),
    wallSeconds: secondsOn(workers),
    readings,
    bytesRead: ((readings + exactReadings) * n + m) * d * FLOAT32_BYTES,
    mergedBytes: mergedParts(shardCount, fanIn).map((count) => count * partBytes),
    peakBytes: {
      map: PROCESS_BYTES + 2 * partBytes,
      merge: PROCESS_BYTES + 3 * partBytes,
      query: PROCESS_BYTES + 2 * universalBytes,
    },
    ...(p === 2
      ? {}
      : { exactCoreHours: exactSeconds / 3600, exactReadings, weighingCoreHours: passSeconds / 3600 }),
  }
}

/** Sums that each level of the merge tree reads, from the parts up. */
function mergedParts(shardCount: number, fanIn: number): number[] {
  const counts: number[] = []
  for (let count = shardCount; count > 1; count = Math.ceil(count / fanIn)) counts.push(count)
  return counts
}

/** Seconds of equal tasks of `seconds` in all, `workers` at a time. */
function waves(seconds: number, taskCount: number, workers: number): number {
  return taskCount === 0 ? 0 : (seconds / taskCount) * Math.ceil(taskCount / workers)
}

function requireShape(n: number, d: number, m: number): void {
  for (const [option, value, least] of [
    ['n', n, 1],
    ['d', d, 1],
    ['m', m, 0],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue
    throw new LevError('Option', `--${option} is ${value}; it must be a whole number of at least ${least}`, {
      option,
    })
  }
}
