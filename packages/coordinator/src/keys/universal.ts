import {
  entryScoresOf,
  certifiedThreshold,
  counted,
  Candidates,
  epsilonOfRank,
  filterByRank,
  filterKeys,
  firstNonFinite,
  type KeyThreshold,
  LEAST_EPSILON,
  LevError,
  matrix,
  type MatrixSource,
  throwNonFinite,
  type MergeRecord,
  type UniversalSet,
  optionText,
  surveyPass,
  isQuadratic,
  newRows,
  rowBytes,
} from '@levattention/core/internal'
import { type KeyPlanOptions, type Plan, planKeys, SINGLE_SHARD_ROWS, weighsOnce } from '../plan/plan.ts'
import { collectCandidates, findFactor, type KeyKnowledge } from './key-passes.ts'
import { requireNoSketch } from '../plan/sketch-options.ts'
import { keyRecordOf } from '../problem/seen-rows.ts'
import { warnOfNearRank } from '../tasks/near-rank.ts'
import { onePassUniversalSet } from './one-pass.ts'
import { findCausalSet } from './prefixes.ts'
import { algebra } from '../tasks/algebra.ts'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'
import { isLargeFor } from '../tasks/shared-sums.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { chooseKeys } from './choose-keys.ts'
import { inTurns } from './in-turns.ts'
import { tightenBounds } from './tighten.ts'
import { weightedFormOf } from './weight-passes.ts'

export interface UniversalOptions extends KeyPlanOptions {
  readonly epsilon: number
  /** Instead of epsilon: the N keys with the largest bounds, and the epsilon that they certify. */
  readonly keep?: number | undefined
  /** p >= 1 other than 2: lower the bounds of at most 1000 keys by dual certificates. */
  readonly tighten?: boolean | undefined
  /** Row id of the matrix's first row, where it is a part of a larger one. */
  readonly rowOffset?: number | undefined
  /** p other than 2: what a file of U needs to be merged is wanted, at the price of one more pass. */
  readonly mergeable?: boolean | undefined
}

export interface UniversalResult {
  readonly universal: UniversalSet
  readonly origin: MergeRecord
  readonly plan: Plan
}

/** Keys that U is chosen from; `threshold` as in `universalSetOf`. */
interface Chosen {
  readonly epsilon: number
  readonly candidates: Candidates
  readonly threshold?: KeyThreshold
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
  const found = await findSet(source, options, context)
  const seen = keyRecordOf(source)
  if (Object.keys(seen).length === 0) return found
  return { ...found, origin: { ...found.origin, seen } }
}

async function findSet(
  source: MatrixSource,
  options: UniversalOptions,
  context: RunContext,
): Promise<UniversalResult> {
  if (options.keep !== undefined) {
    requireKeep(options.keep)
    requireNoSketch(options.method, `${optionText('keep')}, which sets epsilon by the bounds,`)
  }
  const plan = planKeys(source, options.epsilon, options)
  if (options.tighten) requireTightens(options)
  const keys = { source: residentSource(source, plan), plan, context }
  if (options.causal) {
    requireWholeCausal(options)
    return { ...(await findCausalSet(keys)), plan }
  }
  if (isOnePass(options)) return await onePassUniversalSet(keys, options.rowOffset ?? 0)
  // What a part drops by a ridge counts against D² once it is merged, where a small ridge hides less.
  const mayBeTight = options.rowOffset === undefined
  const knowledge = await findFactor(keys, { rowOffset: options.rowOffset, mayBeTight })
  const { gramFactor: plain = knowledge.factor, plainRank } = knowledge
  warnOfNearRank({ factor: plain, plainRank }, OF_SET, context.stats)
  const chosen: Chosen =
    options.keep === undefined
      ? { epsilon: plan.epsilon, candidates: await collectCandidates(keys, knowledge) }
      : await keepLargest(keys, knowledge, options.keep)
  const { epsilon, candidates, threshold } = chosen
  const { factor, gramFactor } = knowledge
  const universal = await chooseKeys(candidates, { factor, epsilon, gramFactor, threshold }, context)
  const tightened = options.tighten ? await tightenBounds(keys, universal) : universal
  const weighted = options.mergeable
    ? await weightedOrigin({ ...keys, plan: { ...plan, epsilon } }, knowledge, tightened)
    : undefined
  return {
    ...withRowOffset(tightened, knowledge, plan, options.rowOffset ?? 0, weighted),
    plan: { ...plan, epsilon },
  }
}

const OF_SET = ' U is of the numbers as they stand: keys may be in it by such differences alone.'

const NOT_CAUSAL = {
  keep: `ranks all keys by one bound, and with ${optionText('causal')} each query has its own keys; give ${optionText('epsilon')}`,
  rowOffset: 'makes parts for merge, and causal sets are built from all keys at once; leave it out',
  tighten: 'lowers bounds over all keys, and causal ones are over those before each key; leave it out',
}

/** Throws Option for what a causal set cannot be: the largest bounds of all, a part of the keys, or tightened over all of them. */
function requireWholeCausal({ keep, rowOffset = 0, tighten }: UniversalOptions): void {
  const refuse = (option: keyof typeof NOT_CAUSAL) =>
    new LevError('Option', `${optionText(option)} ${NOT_CAUSAL[option]}`, { option })
  if (keep !== undefined) throw refuse('keep')
  if (rowOffset !== 0) throw refuse('rowOffset')
  if (tighten) throw refuse('tighten')
}

/** More bytes are read by each pass: this thread would be kept by them. */
const MOST_RESIDENT_BYTES = 2 ** 24

/** A short matrix is read once into memory; later passes do not read its file again. Throws Content (NaN, infinity). */
export function residentSource(source: MatrixSource, plan: Plan): MatrixSource {
  const isShort = source.rows < SINGLE_SHARD_ROWS && source.rows * rowBytes(source) <= MOST_RESIDENT_BYTES
  if (!isShort || plan.shards.length !== 1 || source.spec.kind === 'memory') return source
  const length = source.rows * source.cols
  const rows =
    source.element === 'f64'
      ? new Float64Array(new SharedArrayBuffer(length * 8))
      : new Float32Array(new SharedArrayBuffer(length * 4))
  source.readRows(0, source.rows, rows)
  // Here, since later passes know the copy and not the file.
  if (firstNonFinite(rows) >= 0) throwNonFinite(source, 0, source.rows)
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

/**
 * The `keep` keys with the largest bounds, ties by row id, and the smallest epsilon whose U they contain for certain: a
 * tie that the last place cuts is kept in part, below epsilon. Where more than `keep` keys can take all the attention of
 * some query, nothing smaller than all of those has an epsilon: they are kept.
 */
async function keepLargest(keys: PlannedKeys, knowledge: KeyKnowledge, keep: number): Promise<Chosen> {
  const { factor } = knowledge
  const question = { factor, epsilons: [], topCount: keep + 1 }
  const { topRowIds, topBounds } = await passOver(keys, surveyPass, question, 'select')
  const epsilon = epsilonOfRank(topBounds, keep, factor)
  if (epsilon === undefined) {
    const message = `more than ${counted(keep, 'key')} have a bound of 1, all the attention of a query: all of them are kept`
    keys.context.stats.warn('keep', message)
    const all = { ...keys, plan: { ...keys.plan, epsilon: 1 } }
    return { epsilon: 1, candidates: await collectCandidates(all, knowledge) }
  }
  const first = { rowIds: topRowIds.subarray(0, filterByRank(topRowIds.length, keep)) }
  const threshold = certifiedThreshold(LEAST_EPSILON)
  const kept = filterKeys(first, topBounds, threshold)
  const rowIds = Float64Array.from(kept, (rank) => topRowIds[rank]).sort()
  return { epsilon, candidates: readCandidates(keys.source, rowIds), threshold }
}

/** Whether the keys are read once in all. --keep ranks all keys, which takes a second reading. */
function isOnePass(options: UniversalOptions): boolean {
  return weighsOnce(options) && options.keep === undefined
}

/** Throws Option where bounds cannot be tightened: for p = 2 they are exact, below 1 there is no dual; it takes readings. */
function requireTightens(options: UniversalOptions): void {
  const { p = 2 } = options
  if (isOnePass(options)) {
    const once = optionText('passes', 1)
    const message = `${optionText('tighten')} reads the keys several times, and ${once} only once; leave one of them out`
    throw new LevError('Option', message, { option: 'tighten' })
  }
  const quadratic = isQuadratic({ p })
  if (p >= 1 && !quadratic) return
  const why = quadratic ? 'for p = 2 bounds are exact already' : `p is ${p}`
  const message = `${optionText('tighten')} is for p of at least 1 other than 2, and ${why}; leave it out`
  throw new LevError('Option', message, { option: 'tighten' })
}

function requireKeep(keep: number): void {
  if (Number.isSafeInteger(keep) && keep >= 1) return
  throw new LevError('Option', `keep is ${keep}; it must be a whole number of at least 1`, { option: 'keep' })
}

function readCandidates(source: MatrixSource, rowIds: Float64Array): Candidates {
  const candidates = new Candidates(source.cols, source.element)
  const row = newRows(source.element, source.cols)
  for (const rowId of rowIds) {
    source.readRows(rowId, rowId + 1, row)
    candidates.push(rowId, 1, row)
  }
  return candidates
}

/** p other than 2: the weights' sums of all keys, and v of U's keys in row order. */
async function weightedOrigin(
  keys: PlannedKeys,
  { weights, state }: KeyKnowledge,
  { rowIds, keys: kept }: UniversalSet,
): Promise<MergeRecord['weighted']> {
  if (!weights) return undefined
  const form = await weightedFormOf(keys, weights, state.gram)
  const { exponents } = form.gram
  const { kernels, signal } = keys.context
  const { dim } = keys.plan
  const { coordinates } = weights
  const count = rowIds.length
  // As of each row by itself, so that turns change none.
  const entryScores = isLargeFor(keys.context, dim)
    ? await algebra(keys.context, dim, 'entryScoresOf', coordinates, exponents, kept, count)
    : await inTurns(count, dim, signal, (start, end) => {
        const rows = kept.subarray(start * dim, end * dim)
        return entryScoresOf(kernels, coordinates, exponents, rows, end - start)
      })
  const order = Uint32Array.from(rowIds.keys()).sort((a, b) => rowIds[a] - rowIds[b])
  return { form, entryScores: Float64Array.from(order, (slot) => entryScores[slot]) }
}

function withRowOffset(
  universal: UniversalSet,
  { state, shardSquaredNorms }: KeyKnowledge,
  plan: Plan,
  rowOffset: number,
  weighted: MergeRecord['weighted'],
): { universal: UniversalSet; origin: MergeRecord } {
  const ranges = state.ranges.map(({ rowStart, rowEnd }) => ({
    rowStart: rowStart + rowOffset,
    rowEnd: rowEnd + rowOffset,
  }))
  const { gram, sketch } = state
  const { shardRows } = plan
  const origin = { gram, ranges, shardSquaredNorms, shardRows, sketch, ...(weighted ? { weighted } : {}) }
  if (rowOffset === 0) return { universal, origin }
  return { universal: { ...universal, rowIds: universal.rowIds.map((rowId) => rowId + rowOffset) }, origin }
}
