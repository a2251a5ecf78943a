import {
  LEAST_EPSILON,
  matrix,
  plantedKeys,
  plantedModel,
  plantedQueries,
  type MatrixSource,
} from '@levattention/core/internal'
import type { Job } from '../job/job.ts'
import { planSoftmax } from '../plan/plan.ts'
import { type SoftmaxPairsOptions, softmaxProblem } from '../problem/softmax-problem.ts'
import { reachOf, softmaxBatches } from '../queries/softmax-pairs.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'

type Terms = Pick<SoftmaxPairsOptions, 'epsilon' | 'top' | 'precision'> & {
  /** Of the run: fewer keys are measured, of which as large a part is found. */
  readonly keyCount: number
}

/** Of the measurement that counts; the one before tells of which size it is. */
const MEASURED_SECONDS = 0.5
const PROBE = { rowCount: 1024, queryCount: 64 }
const QUERIES = 512
const LEAST_ROWS = 1024
/** Entries of the keys that are made up for it. */
const MOST_ENTRIES = 2 ** 22

/** Seconds that a pair of a query and a key of `dim` columns takes one core of this machine, in this thread: measured, about a second. */
export async function measureSoftmaxRate(dim: number, terms: Terms, job: Job): Promise<number> {
  const context = { ...(await job.context(0)), onProgress: undefined }
  // Once for V8's compiler.
  await secondsPerPair(dim, PROBE, terms, context)
  const probed = await secondsPerPair(dim, PROBE, terms, context)
  const wanted = MEASURED_SECONDS / (QUERIES * Math.max(1e-12, probed))
  const rowCount = Math.max(LEAST_ROWS, Math.min(Math.floor(MOST_ENTRIES / dim), Math.round(wanted)))
  return await secondsPerPair(dim, { rowCount, queryCount: QUERIES }, terms, context)
}

async function secondsPerPair(
  dim: number,
  { rowCount, queryCount }: typeof PROBE,
  terms: Terms,
  timeless: Omit<RunContext, 'stats'>,
): Promise<number> {
  const context = { ...timeless, stats: new RunStats() }
  // None are planted: shares that float32 cannot decide are rare then, as in heads.
  const model = plantedModel({ rowCount, dim, queryCount, plantedCount: 0 })
  const keys = inMemory(plantedKeys(model, { rowStart: 0, rowEnd: rowCount }), dim)
  const queries = inMemory(plantedQueries(model, { rowStart: 0, rowEnd: queryCount }), dim)
  const problem = softmaxProblem(termsFor(rowCount, terms), keys, queries)
  const work = { problem, plan: planSoftmax(keys, queryCount) }
  const start = performance.now()
  const reach = await reachOf(work, context)
  for await (const _ of softmaxBatches(work, reach, context)) if (context.signal?.aborted) break
  return (performance.now() - start) / 1000 / (rowCount * queryCount)
}

function inMemory(data: Float32Array, cols: number): MatrixSource {
  return matrix(data, { rows: data.length / cols, cols })
}

/** `terms` for `rowCount` of the keys: the same part of the pairs is found. */
function termsFor(rowCount: number, { keyCount, epsilon, top, precision }: Terms): Omit<Terms, 'keyCount'> {
  const share = rowCount / keyCount
  return {
    epsilon: epsilon === undefined ? undefined : Math.max(LEAST_EPSILON, Math.min(1, epsilon / share)),
    top: top === undefined ? undefined : Math.max(1, Math.round(top * share)),
    precision,
  }
}
