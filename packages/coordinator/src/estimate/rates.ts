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
import { findHeavyPairs } from '../pipeline/heavy.ts'
import { RunStats } from '../pipeline/run-context.ts'
import { findUniversalSet } from '../pipeline/universal.ts'
import { estimateSeconds } from '../runtime.ts'

/** What one core of this machine takes, measured. */
export interface Rates {
  /** Of a pass that sums the Gram, and of one that chooses keys by the factor. */
  readonly secondsPerGramRow: number
  readonly secondsPerSelectedRow: number
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

/** Runs the pipeline on planted float32 keys of `dim` columns in memory, in this thread. Takes about a second. */
export async function measureRates(dim: number, job: Job): Promise<Rates> {
  const wanted = LEAST_ROWS * Math.round(MEASURED_SECONDS / estimateSeconds(LEAST_ROWS, dim, 0, 1))
  const rowCount = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, wanted))
  const model = plantedModel({ rowCount, dim, queryCount: QUERIES })
  const keys = inMemory(plantedKeys(model, { rowStart: 0, rowEnd: rowCount }), dim)
  const queries = inMemory(plantedQueries(model, { rowStart: 0, rowEnd: QUERIES }), dim)
  const stats = new RunStats()
  const context = { ...(await job.context(0)), onProgress: undefined, stats }
  const { universal } = await findUniversalSet(keys, { epsilon: EPSILON }, context)
  const start = performance.now()
  const batches = findHeavyPairs(universal, queries, { epsilon: EPSILON, keys }, context)
  for await (const _ of batches) if (context.signal?.aborted) break
  const querySeconds = (performance.now() - start) / 1000
  return {
    secondsPerGramRow: (stats.seconds.get('map') ?? 0) / rowCount,
    secondsPerSelectedRow: (stats.seconds.get('select') ?? 0) / rowCount,
    secondsPerProduct: querySeconds / (QUERIES * Math.max(1, universal.rowIds.length) * dim),
    secondsPerExactProduct: secondsOfExactPass(keys, queries, universal, context.kernels),
  }
}

/** An exact pass of a full round of queries over some of the keys, for each product of a query's and a key's entry. */
function secondsOfExactPass(
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
