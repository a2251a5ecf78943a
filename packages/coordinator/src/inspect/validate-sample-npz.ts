import {
  boundOf,
  Candidates,
  factorOf,
  firstStep,
  isDrawn,
  KeySummary,
  MAX_COLS,
  requireRowIds,
  rowStream,
  scalarKernels,
  tausOf,
} from '@levattention/core/internal'
import {
  type Meta,
  requireNumbers,
  type ResultArrays,
  ROW_ID_TYPES,
  withResult,
} from '../outputs/result-arrays.ts'
import { SAMPLE_NPZ_VERSION } from '../jobs/sample.ts'

/** The scale is found to far less: Σ min(1, scale t) is the rows asked for. */
const SAME = 1e-6
/** A computed ridge score is off by a factor of 4/3 at most (theory.md section 8, "Ridge certificate"). */
const RIDGE_ROOM = 1.34
/** Multiply-adds for the leverage among the sampled rows. */
const MOST_WORK = 2 ** 28

/** Throws Content unless every number of the row sample at `path` is in its range and agrees with the others. */
export function validateSampleNpz(path: string): void {
  withResult(path, (arrays) => {
    const { file } = arrays
    const [count, dim] = arrays.shape('rows', 2)
    const meta = arrays.meta()
    meta.oneOf('formatVersion', SAMPLE_NPZ_VERSION)
    meta.oneOf('p', 2)
    const n = meta.integer('n', count)
    meta.integer('d', Math.max(1, dim), Math.min(MAX_COLS, dim))
    meta.number('condition', 1, 2 ** 53)
    const seed = meta.integer('seed', 0)
    const rowIds = arrays.all('rowIds', ROW_ID_TYPES, count)
    requireRowIds(file, 'rowIds', rowIds, n > 0 ? [{ rowStart: 0, rowEnd: n }] : [])
    const chances = arrays.all('probabilities', ['f64'], count)
    const stream = rowStream(seed)
    const isOfSeed = (chance: number, i: number) =>
      chance > 0 && chance <= 1 && isDrawn(stream, rowIds[i], chance)
    requireNumbers(
      arrays,
      'probabilities',
      chances,
      isOfSeed,
      "above 0 and at most 1, of rows that 'meta.seed' draws",
    )
    const weights = arrays.all('weights', ['f64'], count)
    const isInverse = (weight: number, i: number) => weight === 1 / chances[i]
    requireNumbers(arrays, 'weights', weights, isInverse, "1 over 'probabilities'")
    arrays.requireFinite('rows', ['f32', 'f64'], count, dim)
    const scale = requireSums(meta, chances, n, dim)
    if (scale !== undefined) requireChances(arrays, meta, { rowIds, chances, scale, dim })
  })
}

/** The scale; undefined where all rows are certain. Scores sum to the rank at most, so do probabilities over the scale. */
function requireSums(meta: Meta, chances: Float64Array, n: number, dim: number): number | undefined {
  const certain = chances.reduce((sum, chance) => sum + (chance === 1 ? 1 : 0), 0)
  meta.integer('rowsCertain', certain, certain)
  const rank = meta.integer('rank', 0, Math.min(dim, n))
  const rows = meta.integer('rows', 1)
  if (!meta.has('scale')) {
    requireNumberOf(meta, 'rowsExpected', certain)
    requireNumberOf(meta, 'probabilitySum', certain)
    meta.integer('rowsCertain', chances.length, chances.length)
    scoreRoom(meta)
    return undefined
  }
  requireNumberOf(meta, 'rowsExpected', Math.min(rows, n))
  const drawn = chances.reduce((sum, chance) => sum + chance, 0)
  const sum = meta.number(
    'probabilitySum',
    Math.max(drawn, rows) * (1 - SAME),
    Math.min(n, rows * (1 + SAME)),
  )
  const isRegular = meta.oneOf('scores', 'leverage', 'ridge') === 'leverage'
  const mostScores = (isRegular ? rank : Math.min(dim, n)) * scoreRoom(meta)
  return meta.number('scale', sum / mostScores, Number.MAX_VALUE)
}

function requireNumberOf(meta: Meta, name: string, value: number): void {
  meta.number(name, value, value)
}

/** What a computed score may be above the exact one. */
function scoreRoom(meta: Meta): number {
  const slack = meta.number('thresholdSlack', 1e-12, 1)
  return (meta.oneOf('scores', 'leverage', 'ridge') === 'leverage' ? 1 + 2 * slack : RIDGE_ROOM) * (1 + SAME)
}

interface Drawn {
  readonly rowIds: Float64Array
  readonly chances: Float64Array
  readonly scale: number
  readonly dim: number
}

/** A row's leverage among all rows is no more than among the drawn ones, and at most 1. */
function requireChances(arrays: ResultArrays, meta: Meta, { rowIds, chances, scale, dim }: Drawn): void {
  const most = scale * scoreRoom(meta)
  const scores = scoresAmong(arrays, rowIds, dim)
  const isPossible = (chance: number, i: number) => chance <= most * (scores?.[i] ?? 1)
  requireNumbers(arrays, 'probabilities', chances, isPossible, "at most 'meta.scale' times the row's score")
}

/** Undefined where that takes long, or where the rows depend on one another. */
function scoresAmong(arrays: ResultArrays, rowIds: Float64Array, dim: number): Float64Array | undefined {
  const count = rowIds.length
  if (count < dim || count * dim * dim > MOST_WORK) return undefined
  const rows = arrays.all('rows', ['f32', 'f64'], count, dim)
  const { gram } = new KeySummary({ dim, epsilon: 1, form: 'gram' }).update(rows).state
  const step = firstStep(gram)
  const factor = factorOf(step, count)
  if (factor.ridge > 0) return undefined
  const candidates = Candidates.of(dim, rowIds, new Float64Array(count), rows)
  const room = 1 + 2 * factor.thresholdSlack
  return tausOf(scalarKernels(), factor, candidates).map((tau) => room * boundOf(factor, tau))
}
