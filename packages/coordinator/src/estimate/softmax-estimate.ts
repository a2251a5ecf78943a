import { DEFAULT_FAN_IN, softmaxCut } from '../plan/plan.ts'
import { DEFAULT_EPSILON } from '../problem/attention-problem.ts'
import {
  type Estimate,
  type EstimateRequest,
  mergedParts,
  PROCESS_BYTES,
  requireShape,
  waves,
} from './estimate.ts'
import { FLOAT32_BYTES } from './query-work.ts'

export interface SoftmaxEstimateRequest extends Omit<EstimateRequest, 'job' | 'p' | 'epsilon'> {
  /** What limits the pairs of a query; default as of a run. */
  readonly epsilon?: number | undefined
  readonly top?: number | undefined
}

/** Of a row that is summed, and of a pair of it. */
const ROW_BYTES = 24
const PAIR_BYTES = 20

/** What the exact pairs of softmax take: every query meets every key. Pure. Throws Option where the plan cannot be made. */
export function estimateSoftmax(request: SoftmaxEstimateRequest, secondsPerPair: number): Estimate {
  const { n, d, m, workers, ownCores, fanIn = DEFAULT_FAN_IN } = request
  requireShape(n, d, m)
  const { shardRows, batchRows } = softmaxCut({ rows: n }, m, request)
  const [shardCount, batchCount] = [Math.ceil(n / shardRows), Math.ceil(m / batchRows)]
  const seconds = n * m * secondsPerPair
  const partBytes = batchRows * (ROW_BYTES + PAIR_BYTES * Math.min(shardRows, mostPairs(request)))
  return {
    shardCount,
    shardRows,
    batchCount,
    coreHours: seconds / 3600,
    oneMachineSeconds: waves(seconds, shardCount * batchCount, ownCores),
    wallSeconds: waves(seconds, shardCount * batchCount, workers),
    // How far the keys reach; then each batch of queries reads all of them.
    readings: 1 + batchCount,
    bytesRead: ((1 + batchCount) * n + m) * d * FLOAT32_BYTES,
    mergedBytes: mergedParts(shardCount, fanIn).map((count) => count * batchCount * partBytes),
    peakBytes: {
      map: PROCESS_BYTES + 2 * partBytes,
      merge: PROCESS_BYTES + 3 * partBytes,
      query: PROCESS_BYTES + 2 * partBytes,
    },
  }
}

/** Pairs of a query: shares of epsilon are at most 1/epsilon. */
function mostPairs({
  top,
  epsilon = top === undefined ? DEFAULT_EPSILON : undefined,
}: SoftmaxEstimateRequest): number {
  return Math.min(top ?? Infinity, epsilon === undefined ? Infinity : 1 / epsilon)
}
