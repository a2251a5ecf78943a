import {
  EXACT_QUERIES_A_PASS,
  EXACT_QUERY_LIFT,
  exactShard,
  isQuadratic,
  type Kernels,
  matrix,
  type MatrixSource,
  type OfPower,
  plantedKeys,
  plantedModel,
  plantedQueries,
  scaleQueries,
  type UniversalSet,
  withScratch,
} from '@levattention/core/internal'
import type { Job } from '../job/job.ts'
import { writeScores } from '../jobs/scores.ts'
import { findHeavyPairs } from '../queries/heavy.ts'
import type { Stage } from '../tasks/progress.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'
import { findUniversalSet } from '../keys/universal.ts'
import type { RunJob } from '../checkpoint/plan-fields.ts'
import { measurePower, type PowerRates } from './power-rates.ts'

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
  /** p other than 2, absent else. */
  readonly power?: PowerRates
}

/** What is measured: of which job, by which attention, `isEstimate`: with row sums by draws. */
export interface RatedJob extends OfPower {
  readonly kind: RunJob
  readonly isEstimate: boolean
}

/** Of each pass over the keys, and of each of the shorter measurements. */
const PASS_SECONDS = 0.25
const SHORT_SECONDS = 0.1
/** What the passes of a look at the machine's kernels are made of: milliseconds. */
const PROBE_ROWS = 4096
const PROBE_DIM = 64
const LEAST_ROWS = 4096
const MOST_ROWS = 262_144
const LEAST_QUERIES = 128
const MOST_QUERIES = 1024
/** A query takes about as much as so many rows of a Gram. */
const ROWS_A_QUERY = 8
const EPSILON = 0.02
const MOST_EXACT_ROWS = 8192
/** Its powers are multiplications, as those of every small p; others take up to ten times as long. */
const EXACT_P = 3

/**
 * Runs what `kind` is made of on planted float32 keys in memory, in this thread, about a second whatever the kernels: where
 * passes of `dim` columns would take longer, fewer columns are measured, and what a row takes grows with their square. p other than 2
 * takes about as long again.
 */
export async function measureRates(dim: number, { kind, p, isEstimate }: RatedJob, job: Job): Promise<Rates> {
  const context = { ...(await job.context(0)), onProgress: undefined }
  const probeDim = Math.min(dim, PROBE_DIM)
  const probed = await measured(probeDim, PROBE_ROWS, context)
  // Seconds for a product of two entries.
  const unit = Math.max(1e-12, secondsOf(probed.stats, 'map') / PROBE_ROWS / probeDim ** 2)
  let cols = dim
  while (cols > PROBE_DIM && unit * cols ** 2 * LEAST_ROWS > PASS_SECONDS) cols = Math.ceil(cols / 2)
  const rowSeconds = unit * cols ** 2
  const rowCount = within(LEAST_ROWS, MOST_ROWS, PASS_SECONDS / rowSeconds)
  const { keys, universal, stats, model } = await measured(cols, rowCount, context)
  const scale = (dim / cols) ** 2
  const power = isQuadratic({ p })
    ? undefined
    : await measurePower({ keys, model, p, dim, context }, { hasQueries: kind === 'run', isEstimate })
  return {
    ...(power ? { power } : {}),
    secondsPerGramRow: (scale * secondsOf(stats, 'map')) / rowCount,
    secondsPerSelectedRow: (scale * secondsOf(stats, 'select')) / rowCount,
    secondsPerScoredRow:
      kind === 'scores' || kind === 'sample' ? scale * (await scoredRow(keys, context)) : 0,
    ...(kind === 'run'
      ? await queryRates(universal, keys, queriesOf(), { unit, scale }, context)
      : NO_QUERIES),
  }

  function queriesOf(): MatrixSource {
    const count = within(LEAST_QUERIES, MOST_QUERIES, SHORT_SECONDS / (ROWS_A_QUERY * rowSeconds))
    return inMemory(plantedQueries(model, { rowStart: 0, rowEnd: count }), cols)
  }
}

/** The universal set of planted keys [rowCount, dim], and what its passes took. */
async function measured(dim: number, rowCount: number, context: Omit<RunContext, 'stats'>) {
  const model = plantedModel({ rowCount, dim, queryCount: MOST_QUERIES })
  const keys = inMemory(plantedKeys(model, { rowStart: 0, rowEnd: rowCount }), dim)
  const stats = new RunStats()
  const { universal } = await findUniversalSet(keys, { epsilon: EPSILON }, { ...context, stats })
  return { model, keys, universal, stats }
}

/** `wanted` as a whole number from `least` to `most`. */
function within(least: number, most: number, wanted: number): number {
  return Math.max(least, Math.min(most, Math.round(wanted)))
}

function secondsOf({ seconds }: RunStats, stage: Stage): number {
  return seconds.get(stage) ?? 0
}

/** Scoring all keys, for each. */
async function scoredRow(keys: MatrixSource, context: Omit<RunContext, 'stats'>): Promise<number> {
  const stats = new RunStats()
  await writeScores(keys, {}, { ...context, stats }, { write: () => undefined })
  return secondsOf(stats, 'select') / keys.rows
}

const NO_QUERIES = { secondsPerQuery: 0, secondsPerProduct: 0, secondsPerExactProduct: 0 }

/** U of planted keys is small: what it takes of the search is told apart from what each query takes by itself. */
async function queryRates(
  universal: UniversalSet,
  keys: MatrixSource,
  queries: MatrixSource,
  { unit, scale }: { readonly unit: number; readonly scale: number },
  timeless: Omit<RunContext, 'stats'>,
): Promise<typeof NO_QUERIES> {
  const context = { ...timeless, stats: new RunStats() }
  const { rowIds, dim } = universal
  const start = performance.now()
  const batches = findHeavyPairs(universal, queries, { epsilon: EPSILON, keys }, context)
  for await (const _ of batches) if (context.signal?.aborted) break
  const seconds = (performance.now() - start) / 1000 / queries.rows
  const secondsPerProduct = filteredProduct(dim, unit, context.kernels)
  return {
    secondsPerQuery: scale * Math.max(0, seconds - rowIds.length * dim * secondsPerProduct),
    secondsPerProduct,
    secondsPerExactProduct: exactProduct(keys, queries, universal, unit, context.kernels),
  }
}

/** The filter over a block of queries and keys of which no pair passes, for each product of their entries; a few ms. */
function filteredProduct(dim: number, unit: number, kernels: Kernels): number {
  const count = within(LEAST_QUERIES, MOST_QUERIES, Math.sqrt(SHORT_SECONDS / (unit * dim)))
  return withScratch(kernels, () => {
    const [queries, keys] = [kernels.f32(count * dim), kernels.f32(count * dim)]
    const hits = kernels.u32(2 * count * count)
    const run = () => kernels.dotsAtLeastOne(hits, queries, count, keys, count, dim)
    // Once for V8's compiler.
    run()
    const start = performance.now()
    run()
    return (performance.now() - start) / 1000 / (count * count * dim)
  })
}

/** An exact pass of a full round of queries over some of the keys, for each product of a query's and a key's entry. */
function exactProduct(
  keys: MatrixSource,
  queries: MatrixSource,
  { factor, dim }: UniversalSet,
  unit: number,
  kernels: Kernels,
): number {
  const count = Math.min(EXACT_QUERIES_A_PASS, queries.rows)
  const most = Math.min(MOST_EXACT_ROWS, keys.rows)
  const range = { rowStart: 0, rowEnd: within(1, most, SHORT_SECONDS / (unit * count * dim)) }
  const rows = new Float32Array(count * dim)
  queries.readRows(0, count, rows)
  const scaled = new Float64Array(rows.length)
  const shifts = new Int32Array(count)
  scaleQueries(factor, rows, count, scaled, shifts, EXACT_QUERY_LIFT)
  const start = performance.now()
  const insideRows = new Float64Array(0)
  const terms = {
    factor,
    queries: scaled,
    epsilon: EPSILON,
    p: EXACT_P,
    precision: 'float64',
    insideRows,
  } as const
  exactShard({ source: keys, range, kernels }, terms)
  return (performance.now() - start) / 1000 / (range.rowEnd * rows.length)
}

function inMemory(data: Float32Array, cols: number) {
  return matrix(data, { rows: data.length / cols, cols })
}
