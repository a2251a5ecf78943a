import {
  arrivalsOf,
  boundThreshold,
  Candidates,
  type Factor,
  LevError,
  matrix,
  type MatrixSource,
  throwNonFinite,
  TopBounds,
  universalSetOf,
  type UniversalOrigin,
  type UniversalSet,
} from '@levattention/core/internal'
import { type Plan, planKeys, type PlanOptions, SINGLE_SHARD_ROWS } from '../plan.ts'
import { collectCandidates, findFactor, type KeyKnowledge, rowBytes } from './key-passes.ts'
import { mapInOrder } from './map-in-order.ts'
import type { RunContext } from './run-context.ts'
import { shareArrays } from './share.ts'
import { weightedFormOf } from './weight-passes.ts'

export interface UniversalOptions extends PlanOptions {
  readonly epsilon: number
  /** Instead of epsilon: the N keys with the largest bounds, and the epsilon that they certify. */
  readonly keep?: number | undefined
  /** Row id of the matrix's first row, where it is a part of a larger one. */
  readonly rowOffset?: number | undefined
  /** p other than 2: what a file of U needs to be merged is wanted, at the price of one more pass. */
  readonly mergeable?: boolean | undefined
}

export interface UniversalResult {
  readonly universal: UniversalSet
  readonly origin: UniversalOrigin
  readonly plan: Plan
}

/**
 * The universal set of `source` [n, d] (theory.md sections 1, 3, 8): plan, map, reduce, refine, select.
 * Throws Option where the options cannot be met, and what the passes throw.
 */
export async function findUniversalSet(
  source: MatrixSource,
  options: UniversalOptions,
  context: RunContext,
): Promise<UniversalResult> {
  if (options.keep !== undefined) requireKeep(options.keep)
  const plan = planKeys(source, options.epsilon, options)
  const resident = residentSource(source, plan)
  const knowledge = await findFactor(resident, plan, context)
  const chosen =
    options.keep === undefined
      ? { epsilon: plan.epsilon, candidates: await collectCandidates(resident, plan, context, knowledge) }
      : await keepLargest(resident, plan, context, knowledge, options.keep)
  const universal = universalSetOf(
    context.kernels,
    knowledge.factor,
    chosen.candidates,
    chosen.epsilon,
    knowledge.plain,
  )
  const weighted = options.mergeable
    ? await weightedOrigin(resident, { ...plan, epsilon: chosen.epsilon }, knowledge, universal, context)
    : undefined
  return {
    ...placed(universal, knowledge, plan, options.rowOffset ?? 0, weighted),
    plan: { ...plan, epsilon: chosen.epsilon },
  }
}

/** A short matrix is read once into memory; later passes do not read its file again. Throws Content (NaN, infinity). */
export function residentSource(source: MatrixSource, plan: Plan): MatrixSource {
  if (source.rows >= SINGLE_SHARD_ROWS || plan.shards.length !== 1 || source.spec.kind === 'memory')
    return source
  const length = source.rows * source.cols
  const rows =
    source.element === 'f64'
      ? new Float64Array(new SharedArrayBuffer(length * 8))
      : new Float32Array(new SharedArrayBuffer(length * 4))
  source.readRows(0, source.rows, rows)
  // Here, since later passes know the copy and not the file.
  if (!allFinite(rows)) throwNonFinite(source, 0, source.rows)
  const held = matrix(rows, { rows: source.rows, cols: source.cols })
  const locate = (rowId: number) => source.locate(rowId)
  return {
    rows: held.rows,
    cols: held.cols,
    element: held.element,
    spec: held.spec,
    readRows: (rowStart, rowEnd, into) => held.readRows(rowStart, rowEnd, into),
    locate,
    close: () => held.close(),
  }
}

function allFinite(values: Float32Array | Float64Array): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false
  return true
}

/**
 * The `keep` keys with the largest bounds, and the smallest epsilon whose U they contain for certain. Where more than
 * `keep` keys can take all the attention of some query, nothing smaller than all of those has an epsilon: they are kept.
 */
async function keepLargest(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
  knowledge: KeyKnowledge,
  keep: number,
): Promise<{ epsilon: number; candidates: Candidates }> {
  const { factor } = knowledge
  const top = new TopBounds(keep + 1)
  const sharedFactor = shareArrays(factor)
  const requests = plan.shards.map((range) => ({
    source: source.spec,
    range,
    factor: sharedFactor,
    thresholds: [],
    topCount: keep + 1,
  }))
  await context.stats.time('select', async () => {
    let done = 0
    for await (const { topRowIds, topBounds } of mapInOrder(
      context.engine,
      'survey',
      requests,
      context.signal,
    )) {
      topRowIds.forEach((rowId, i) => top.push(rowId, topBounds[i]))
      done++
      context.onProgress?.({ stage: 'select', done, total: requests.length })
    }
  })
  context.stats.bytesRead += rowBytes(source) * source.rows
  const { topRowIds, topBounds } = top.sorted()
  const epsilon = certifiedEpsilon(topBounds, keep, factor)
  if (epsilon === undefined) {
    const message = `more than ${keep} keys can each take all the attention of some query: all of them are kept`
    context.stats.warn('keep', message)
    return {
      epsilon: 1,
      candidates: await collectCandidates(source, { ...plan, epsilon: 1 }, context, knowledge),
    }
  }
  const threshold = boundThreshold(factor, epsilon)
  const rowIds = topRowIds.filter((_, i) => i < keep && topBounds[i] >= threshold).sort()
  return { epsilon, candidates: readCandidates(source, rowIds) }
}

/**
 * Just above the first bound that is left out; where none is, the smallest bound kept. Undefined where that is above 1,
 * so that the key left out is in the U of every epsilon.
 */
function certifiedEpsilon(topBounds: Float64Array, keep: number, factor: Factor): number | undefined {
  const next = topBounds[keep] ?? 0
  if (next === 0) return Math.min(1, topBounds.findLast((bound) => bound > 0) ?? 1)
  const epsilon = (next * (1 + 2 ** -40)) / (1 - factor.thresholdSlack)
  return epsilon <= 1 ? epsilon : undefined
}

function requireKeep(keep: number): void {
  if (Number.isSafeInteger(keep) && keep >= 1) return
  throw new LevError('Option', `keep is ${keep}; it must be a whole number of at least 1`, { option: 'keep' })
}

function readCandidates(source: MatrixSource, rowIds: Float64Array): Candidates {
  const candidates = new Candidates(source.cols, source.element)
  const row = source.element === 'f64' ? new Float64Array(source.cols) : new Float32Array(source.cols)
  for (const rowId of rowIds) {
    source.readRows(rowId, rowId + 1, row)
    candidates.push(rowId, 1, row)
  }
  return candidates
}

/** p other than 2: the weights' sums of all keys, and v of U's keys in row order. */
async function weightedOrigin(
  source: MatrixSource,
  plan: Plan,
  { weights, state }: KeyKnowledge,
  { rowIds, keys }: UniversalSet,
  context: RunContext,
): Promise<UniversalOrigin['weighted']> {
  if (!weights) return undefined
  const form = await weightedFormOf(source, plan, weights, state.gram, context)
  const arrivals = arrivalsOf(context.kernels, weights.coordinates, form.gram.exponents, keys, rowIds.length)
  const order = Uint32Array.from(rowIds.keys()).sort((a, b) => rowIds[a] - rowIds[b])
  return { form, arrivals: Float64Array.from(order, (slot) => arrivals[slot]) }
}

function placed(
  universal: UniversalSet,
  { state, shardTraces }: KeyKnowledge,
  plan: Plan,
  rowOffset: number,
  weighted: UniversalOrigin['weighted'],
): { universal: UniversalSet; origin: UniversalOrigin } {
  const ranges = state.ranges.map(({ rowStart, rowEnd }) => ({
    rowStart: rowStart + rowOffset,
    rowEnd: rowEnd + rowOffset,
  }))
  const { gram } = state
  const origin = {
    gram,
    ranges,
    shardTraces,
    shardRows: plan.shardRows,
    ...(weighted ? { weighted } : {}),
  }
  if (rowOffset === 0) return { universal, origin }
  return { universal: { ...universal, rowIds: universal.rowIds.map((rowId) => rowId + rowOffset) }, origin }
}
