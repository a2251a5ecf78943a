import {
  EXACT_QUERIES_A_PASS,
  EXACT_QUERY_LIFT,
  exactShard,
  type Kernels,
  matrix,
  type MatrixSource,
  plantedKeys,
  plantedModel,
  plantedQueries,
  scaleQueries,
  type UniversalSet,
} from '@levattention/core/internal'
import type { Job } from '../jobs/job.ts'
import { scoresOf } from '../jobs/scores.ts'
import { findHeavyPairs } from '../pipeline/heavy.ts'
import { type RunContext, RunStats, type Stage } from '../pipeline/run-context.ts'
import { findUniversalSet } from '../pipeline/universal.ts'
import type { RunJob } from '../run-folder/plan-fields.ts'
import { estimateSeconds } from '../runtime.ts'

/** What one core of this machine takes, measured. */
export interface Rates {
  /** Of a pass that sums the Gram, and of one that chooses keys by the factor. */
  readonly secondsPerGramRow: number
  readonly secondsPerSelectedRow: number
  /** Of a pass that scores every row; 0 where the job has none. */
  readonly secondsPerScoredRow: number
  /** Of a query, whatever U; 0, as all that follows, where the job has no queries. */
  readonly secondsPerQuery: number
  /** Of a query, a key of U and a column. */
  readonly secondsPerProduct: number
  /** The same of an exact pass, p other than 2: a query, any key and a column. */
  readonly secondsPerExactProduct: number
}

const MEASURED_SECONDS = 0.5
const LEAST_ROWS = 16_384
const MOST_ROWS = 262_144
const QUERIES = 1024
const EPSILON = 0.02
const EXACT_ROWS = 8192
/** Its powers are multiplications, as those of every small p; others take up to ten times as long. */
const EXACT_P = 3

/** Runs what `kind` is made of on planted float32 keys of `dim` columns in memory, in this thread. Takes about a second. */
export async function measureRates(dim: number, kind: RunJob, job: Job): Promise<Rates> {
  const wanted = LEAST_ROWS * Math.round(MEASURED_SECONDS / estimateSeconds(LEAST_ROWS, dim, 0, 1))
  const rowCount = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, wanted))
  const model = plantedModel({ rowCount, dim, queryCount: QUERIES })
  const keys = inMemory(plantedKeys(model, { rowStart: 0, rowEnd: rowCount }), dim)
  const stats = new RunStats()
  const context = { ...(await job.context(0)), onProgress: undefined, stats }
  const { universal } = await findUniversalSet(keys, { epsilon: EPSILON }, context)
  const queries = inMemory(plantedQueries(model, { rowStart: 0, rowEnd: QUERIES }), dim)
  return {
    secondsPerGramRow: secondsOf(stats, 'map') / rowCount,
    secondsPerSelectedRow: secondsOf(stats, 'select') / rowCount,
    secondsPerScoredRow: kind === 'scores' || kind === 'sample' ? await scoredRow(keys, context) : 0,
    ...(kind === 'run' ? await queryRates(universal, keys, queries, context) : NO_QUERIES),
  }
}

function secondsOf({ seconds }: RunStats, stage: Stage): number {
  return seconds.get(stage) ?? 0
}

/** Scoring all keys, for each. */
async function scoredRow(keys: MatrixSource, context: RunContext): Promise<number> {
  const stats = new RunStats()
  await scoresOf(keys, {}, { ...context, stats }, { write: () => undefined })
  return secondsOf(stats, 'select') / keys.rows
}

const NO_QUERIES = { secondsPerQuery: 0, secondsPerProduct: 0, secondsPerExactProduct: 0 }

/** U of planted keys is small: what it takes of the search is told apart from what each query takes by itself. */
async function queryRates(
  universal: UniversalSet,
  keys: MatrixSource,
  queries: MatrixSource,
  context: RunContext,
): Promise<typeof NO_QUERIES> {
  const { rowIds, dim } = universal
  const start = performance.now()
  const batches = findHeavyPairs(universal, queries, { epsilon: EPSILON, keys }, context)
  for await (const _ of batches) if (context.signal?.aborted) break
  const seconds = (performance.now() - start) / 1000 / queries.rows
  const secondsPerProduct = filteredProduct(dim, context.kernels)
  return {
    secondsPerQuery: Math.max(0, seconds - rowIds.length * dim * secondsPerProduct),
    secondsPerProduct,
    secondsPerExactProduct: exactProduct(keys, queries, universal, context.kernels),
  }
}

/** The filter over a block of queries and keys of which no pair passes, for each product of their entries; a few ms. */
function filteredProduct(dim: number, kernels: Kernels): number {
  const mark = kernels.mark()
  const [queries, keys] = [kernels.f32(QUERIES * dim), kernels.f32(QUERIES * dim)]
  const hits = kernels.u32(2 * QUERIES * QUERIES)
  const run = () => kernels.dotsAtLeastOne(hits, queries, QUERIES, keys, QUERIES, dim)
  // Once for V8's compiler.
  run()
  const start = performance.now()
  run()
  kernels.release(mark)
  return (performance.now() - start) / 1000 / (QUERIES * QUERIES * dim)
}

/** An exact pass of a full round of queries over some of the keys, for each product of a query's and a key's entry. */
function exactProduct(
  keys: MatrixSource,
  queries: MatrixSource,
  { factor, dim }: UniversalSet,
  kernels: Kernels,
): number {
  const range = { rowStart: 0, rowEnd: Math.min(EXACT_ROWS, keys.rows) }
  const rows = new Float32Array(EXACT_QUERIES_A_PASS * dim)
  queries.readRows(0, EXACT_QUERIES_A_PASS, rows)
  const scaled = new Float64Array(rows.length)
  const shifts = new Int32Array(EXACT_QUERIES_A_PASS)
  scaleQueries(factor, rows, EXACT_QUERIES_A_PASS, scaled, shifts, EXACT_QUERY_LIFT)
  const start = performance.now()
  exactShard(keys, range, kernels, factor, scaled, EPSILON, 'plain', new Float64Array(0), EXACT_P)
  return (performance.now() - start) / 1000 / (range.rowEnd * rows.length)
}

function inMemory(data: Float32Array, cols: number) {
  return matrix(data, { rows: data.length / cols, cols })
}
