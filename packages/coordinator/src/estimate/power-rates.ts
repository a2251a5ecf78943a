import {
  estimateDrawLimit,
  estimateStages,
  matrix,
  type MatrixSource,
  noEstimateDraws,
  type PlantedModel,
  plantedQueries,
  productsPass,
  type UniversalSet,
  usesProducts,
} from '@levattention/core/internal'
import { drawEstimate } from '../keys/estimate-draws.ts'
import { findUniversalSet, type UniversalOptions } from '../keys/universal.ts'
import { planKeys } from '../plan/plan.ts'
import { DRAWN_A_QUERY } from '../problem/attention-problem.ts'
import { findHeavyPairs } from '../queries/heavy.ts'
import { passOver } from '../tasks/reduce-pass.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'

/** What p other than 2 takes of one core, measured at that p. */
export interface PowerRates {
  /** Of a pass that weighs the keys, of one that sums their products (0 where none is made), and of one that chooses by weights. */
  readonly secondsPerWeighedRow: number
  readonly secondsPerLiftedRow: number
  readonly secondsPerSelectedRow: number
  /** Of a query, a key of U and a column: dots in float64, and powers. 0, and no draws, where the job has no queries. */
  readonly secondsPerProduct: number
  /** Where scores are to be estimates. */
  readonly draws?: DrawRates
}

/** What draws take: a key in the pass, all that are kept, these again in each thread that searches, and a query. */
export interface DrawRates {
  readonly secondsPerRow: number
  readonly keepingSeconds: number
  readonly threadSeconds: number
  readonly secondsPerQuery: number
}

/** What the rates are measured of: planted keys, for those of `dim` columns, and queries of their model. */
interface PowerProbe {
  readonly keys: MatrixSource
  readonly model: PlantedModel
  readonly p: number
  readonly dim: number
  readonly context: Omit<RunContext, 'stats'>
}

const EPSILON = 0.02
/** Where p is not 2 a row takes several times as much. */
const MOST_ROWS = 65_536
/** Passes that weigh the probe's keys. */
const WEIGHINGS = 2
/** Of which all are in U. */
const MOST_HELD_ROWS = 8192
const ALL_HELD = 1e-6
/** Few, then more: what the first take beside is of the thread. */
const [FEW_QUERIES, MORE_QUERIES] = [16, 128]
const [DELTA, SEED] = [1e-6, 1]
/** So few that keeping them is nothing. */
const FEW_DRAWS = 1024
/** Keys of a set whose queries all take draws: each has pairs that reach so little. */
const [FEW_KEYS, LITTLE] = [64, 1e-6]

/** What passes over the keys take; `hasQueries`: and searches, `isEstimate`: by draws. */
export async function measurePower(
  probe: PowerProbe,
  { hasQueries, isEstimate }: { readonly hasQueries: boolean; readonly isEstimate: boolean },
): Promise<PowerRates> {
  const { p, dim } = probe
  const keys = firstOf(probe.keys, MOST_ROWS)
  const { rows, cols } = keys
  const scale = (dim / cols) ** 2
  const { universal, seconds } = await setOf(probe, keys, { epsilon: EPSILON, passes: WEIGHINGS })
  const lifting = usesProducts(p, rows, cols) ? await liftingSeconds(probe, keys, universal) : 0
  const refining = Math.max(0, (seconds.get('refine') ?? 0) - lifting)
  const ofKeys = {
    secondsPerWeighedRow: (scale * refining) / WEIGHINGS / rows,
    secondsPerLiftedRow: (scale * lifting) / rows,
    secondsPerSelectedRow: (scale * (seconds.get('select') ?? 0)) / rows,
  }
  if (!hasQueries) return { ...ofKeys, secondsPerProduct: 0 }
  // First, in a thread that has searched nothing yet, as those of a job.
  const draws = isEstimate ? await drawRates(probe, keys, withFew(universal, keys)) : undefined
  return { ...ofKeys, secondsPerProduct: await heldProduct(probe), ...(draws ? { draws } : {}) }
}

/** The largest few of U, or the first keys: it is about time alone. */
function withFew(universal: UniversalSet, keys: MatrixSource): UniversalSet {
  const found = universal.rowIds.subarray(0, FEW_KEYS)
  const rowIds = found.length > 0 ? found : Float64Array.from({ length: FEW_KEYS }, (_, row) => row)
  const rows = new Float32Array(rowIds.length * keys.cols)
  rowIds.forEach((row, slot) =>
    keys.readRows(row, row + 1, rows.subarray(slot * keys.cols, (slot + 1) * keys.cols)),
  )
  return {
    ...universal,
    epsilon: LITTLE,
    rowIds,
    bounds: new Float64Array(rowIds.length).fill(1),
    keys: rows,
  }
}

async function drawRates(probe: PowerProbe, keys: MatrixSource, universal: UniversalSet): Promise<DrawRates> {
  const { dim, p } = probe
  const { rows, cols } = keys
  const draw = (limit?: number) =>
    timed(() => drawEstimate(universal, { keys, seed: SEED, limit }, { p }, newContext(probe)))
  const { seconds: passing } = await draw(FEW_DRAWS)
  const { seconds: drawing, result: draws } = await draw()
  const drawn = { ...universal, estimate: { draws, delta: DELTA, queryCount: MORE_QUERIES } }
  const search = (count: number) => searched(probe, keys, drawn, count, LITTLE)
  const first = await search(FEW_QUERIES)
  const [more, few] = [await search(MORE_QUERIES), await search(FEW_QUERIES)]
  const queries = MORE_QUERIES - FEW_QUERIES
  const query = Math.max(0, more.seconds - few.seconds) / queries
  // They look at more than most do.
  const usual = Math.min(1, DRAWN_A_QUERY / Math.max(1, (more.drawn - few.drawn) / queries))
  // Fewer rows, or fewer columns, may have been measured than there will be.
  const share = (estimateDrawLimit(dim, Infinity) * dim) / (estimateDrawLimit(cols, rows) * cols)
  return {
    secondsPerRow: ((dim / cols) ** 2 * passing) / rows,
    keepingSeconds: share * Math.max(0, drawing - passing),
    threadSeconds: share * Math.max(0, first.seconds - FEW_QUERIES * query),
    secondsPerQuery: (dim / cols) * usual * query,
  }
}

/** A query, a key and a column of a search in which all keys are in U. */
async function heldProduct(probe: PowerProbe): Promise<number> {
  const keys = firstOf(probe.keys, MOST_HELD_ROWS)
  const { universal } = await setOf(probe, keys, { epsilon: ALL_HELD, passes: WEIGHINGS })
  const estimate = { draws: noEstimateDraws(keys.element), delta: DELTA, queryCount: MORE_QUERIES }
  const search = (count: number) => searched(probe, keys, { ...universal, estimate }, count, EPSILON)
  // For V8's compiler.
  await search(MORE_QUERIES)
  const [few, more] = [await search(FEW_QUERIES), await search(MORE_QUERIES)]
  const pairs = (MORE_QUERIES - FEW_QUERIES) * Math.max(1, universal.rowIds.length)
  return Math.max(0, more.seconds - few.seconds) / pairs / keys.cols
}

async function setOf({ p, context }: PowerProbe, keys: MatrixSource, options: UniversalOptions) {
  const stats = new RunStats()
  const { universal } = await findUniversalSet(keys, { ...options, p }, { ...context, stats })
  return { universal, seconds: stats.seconds }
}

async function liftingSeconds(probe: PowerProbe, source: MatrixSource, { factor }: UniversalSet) {
  const plan = planKeys(source, EPSILON, { p: probe.p })
  const question = { exponents: factor.exponents }
  const { seconds } = await timed(() =>
    passOver({ source, plan, context: newContext(probe) }, productsPass, question, 'refine'),
  )
  return seconds
}

/** What `count` queries take by the set's draws, and how many of these they look at in all. */
async function searched(
  probe: PowerProbe,
  keys: MatrixSource,
  universal: UniversalSet,
  count: number,
  epsilon: number,
): Promise<{ readonly seconds: number; readonly drawn: number }> {
  const queries = plantedQueries(probe.model, { rowStart: 0, rowEnd: count })
  const source = matrix(queries, { rows: count, cols: keys.cols })
  const options = { p: probe.p, epsilon, keys, scores: 'estimate' } as const
  const stages = estimateStages(keys.cols)
  let drawn = 0
  const { seconds } = await timed(async () => {
    for await (const { draws = [] } of findHeavyPairs(universal, source, options, newContext(probe))) {
      if (probe.context.signal?.aborted) break
      // Earlier stages, and the last, of which there may be a few less.
      for (const last of draws) drawn += stages.reduce((sum, stage) => sum + (stage < last ? stage : 0), last)
    }
  })
  return { seconds, drawn }
}

function newContext({ context }: PowerProbe): RunContext {
  return { ...context, stats: new RunStats() }
}

function firstOf(keys: MatrixSource, most: number): MatrixSource {
  const count = Math.min(most, keys.rows)
  const rows = new Float32Array(new SharedArrayBuffer(4 * count * keys.cols))
  keys.readRows(0, count, rows)
  return matrix(rows, { rows: count, cols: keys.cols })
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly result: T }> {
  const start = performance.now()
  const result = await work()
  return { seconds: (performance.now() - start) / 1000, result }
}
