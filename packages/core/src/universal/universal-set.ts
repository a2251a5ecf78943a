import { filterKeys, finalThreshold, type KeyThreshold } from '../bounds/filter-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { Candidates } from '../sums/candidates.ts'
import type { EstimateTerms } from '../sums/estimate-draws.ts'
import type { GramParts } from '../sums/gram-sum.ts'
import { boundOrder, orderingByBound } from '../bounds/bound-order.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import type { FourthMoments } from '../bounds/power/fourth-moments.ts'
import type { UniversalSet as PublicUniversalSet } from './public-universal-set.ts'
import type { DroppedKeys } from './dropped-keys.ts'
import { boundsOf } from '../bounds/selector.ts'
import { atOnce } from '../pieces/at-once.ts'

/** U with all that a search by it and its file need. */
export interface UniversalSet extends PublicUniversalSet {
  /** Of G; for p other than 2 of the weighted M (factor.power). */
  readonly factor: Factor
  /** The factor of G, p other than 2: for row sums. */
  readonly gramFactor?: Factor | undefined
  /** p other than 2: what is known of the keys outside U beyond their bounds. */
  readonly droppedKeys?: DroppedKeys | undefined
  /** While queries are searched by an estimate of their row sums: the draws. No file keeps them with the set. */
  readonly estimate?: EstimateTerms | undefined
  /** p = 4, while queries are searched: the keys' fourth moments, which give row sums. No file keeps them with the set. */
  readonly moments?: FourthMoments | undefined
  /** Causal: U holds every key that can take epsilon of a query at its own position or later, by the rows up to its own. */
  readonly prefixes?: PrefixTable | undefined
}

/** The sums of the rows before each shard: where a causal search starts. Plain data. */
export interface PrefixTable {
  readonly shardRows: number
  /** One a shard; the first is of no rows. */
  readonly grams: readonly GramParts[]
}

/**
 * U from keys that no earlier bound excluded: their bounds by the last factor decide, and only they.
 * `candidates` must hold every key that the final threshold of epsilon keeps; a lower `threshold` leaves U larger than it
 * need be.
 */
export function universalSetOf(
  kernels: Kernels,
  factor: Factor,
  candidates: Candidates,
  epsilon: number,
  gramFactor?: Factor,
  threshold = finalThreshold(factor, epsilon),
): UniversalSet {
  const bounds = boundsOf(kernels, factor, candidates)
  return universalSetOfBounds(factor, candidates, bounds, epsilon, gramFactor, threshold)
}

/** As `universalSetOf`, the bounds by `factor` known; they are overwritten. */
export function universalSetOfBounds(
  factor: Factor,
  candidates: Candidates,
  bounds: Float64Array,
  epsilon: number,
  gramFactor?: Factor,
  threshold = finalThreshold(factor, epsilon),
): UniversalSet {
  // The least of all bounds counts where weights make them; p = 2 has but one score.
  if (factor.power) candidates.bounds.forEach((known, slot) => (bounds[slot] = Math.min(bounds[slot], known)))
  return universalSetFrom(
    candidates,
    bounds,
    { epsilon, threshold },
    factor,
    gramFactor ? { gramFactor } : {},
  )
}

/** U from `candidates` whose `bounds` are known: those that `threshold` keeps. */
export function universalSetFrom(
  candidates: Candidates,
  bounds: Float64Array,
  { epsilon, threshold }: { readonly epsilon: number; readonly threshold: KeyThreshold },
  factor: Factor,
  knowledge: Pick<UniversalSet, 'gramFactor' | 'droppedKeys'>,
): UniversalSet {
  // What helped to choose is told by the bounds from here on.
  const { alternatives: _others, products: _lift, ...chooser } = factor
  return {
    p: factor.power?.p ?? 2,
    epsilon,
    rowCount: factor.rowCount,
    ...sortedByBound(candidates, bounds, filterKeys(candidates, bounds, threshold)),
    factor: chooser,
    ...knowledge,
  }
}

/**
 * The causal U: all of `candidates`, whose bounds come from the rows up to each one's own and are final. `factor`: of all
 * rows; its dropRidge is the largest by which a key went.
 */
export function causalSetOf(
  factor: Factor,
  candidates: Candidates,
  terms: { readonly epsilon: number; readonly p: number },
  prefixes: PrefixTable,
): UniversalSet {
  return {
    ...terms,
    rowCount: factor.rowCount,
    ...sortedByBound(candidates, candidates.bounds),
    factor,
    prefixes,
  }
}

/** The keys at `slots`, by default all: bound descending, ties by row id. */
export function sortedByBound(
  { dim, rowIds, keys }: Pick<Candidates, 'dim' | 'rowIds' | 'keys'>,
  bounds: Float64Array,
  slots: Uint32Array = Uint32Array.from(rowIds.keys()),
): Pick<UniversalSet, 'dim' | 'rowIds' | 'bounds' | 'keys'> {
  const at = (values: Float64Array) => Float64Array.from(slots, (slot) => values[slot])
  const order = boundOrder(at(bounds), at(rowIds))
  const count = slots.length
  const sorted = { rowIds: new Float64Array(count), bounds: new Float64Array(count) }
  const kept = keys instanceof Float64Array ? new Float64Array(count * dim) : new Float32Array(count * dim)
  for (let i = 0; i < count; i++) {
    const slot = slots[order[i]]
    sorted.rowIds[i] = rowIds[slot]
    sorted.bounds[i] = bounds[slot]
    for (let a = 0; a < dim; a++) kept[i * dim + a] = keys[slot * dim + a]
  }
  return { dim, ...sorted, keys: kept }
}

/** The slots of U in row order; linear in their number. */
export function rowOrder({ rowIds }: Pick<UniversalSet, 'rowIds'>): Uint32Array {
  // No two are equal, so that descending ids are ascending ones turned round.
  return boundOrder(rowIds, firstNumbers(rowIds.length)).reverse()
}

function firstNumbers(count: number): Float64Array {
  const numbers = new Float64Array(count)
  for (let i = 0; i < count; i++) numbers[i] = i
  return numbers
}

/** Numbers that are gathered at a time: a millisecond. */
const GATHERED_NUMBERS = 2 ** 18

/** The keys of U in row order, with their bounds; `entryScores` [|U|] are in row order too, as `Candidates` has them. */
export function inRowOrder(universal: UniversalSet, entryScores?: Float64Array): Candidates {
  return atOnce(gatherInRowOrder(universal, entryScores))
}

/** As `inRowOrder`, into shared memory, a piece at a time: others of this thread may come between. */
export function* gatherInRowOrder(
  universal: UniversalSet,
  entryScores?: Float64Array,
): Generator<void, Candidates, void> {
  const { dim, rowIds, bounds, keys } = universal
  const order = (yield* orderingByBound(rowIds, firstNumbers(rowIds.length))).reverse()
  yield
  const at = (values: Float64Array) => {
    const gathered = new Float64Array(order.length)
    for (let i = 0; i < order.length; i++) gathered[i] = values[order[i]]
    return gathered
  }
  const kept =
    keys instanceof Float64Array
      ? new Float64Array(new SharedArrayBuffer(8 * keys.length))
      : new Float32Array(new SharedArrayBuffer(4 * keys.length))
  for (const { first, slots } of piecesOf(order, dim)) {
    kept.set(keysAt(universal, slots), first * dim)
    yield
  }
  return Candidates.of(dim, at(rowIds), at(bounds), kept, entryScores)
}

/** `slots` of keys [dim], some at a time, and how many came before. */
export function* piecesOf(
  slots: Uint32Array,
  dim: number,
): Generator<{ readonly first: number; readonly slots: Uint32Array }, void, void> {
  const count = Math.ceil(GATHERED_NUMBERS / dim)
  for (let first = 0; first < slots.length; first += count)
    yield { first, slots: slots.subarray(first, first + count) }
}

/** The keys at `slots`: [slots, dim]. */
export function keysAt(
  { dim, keys }: Pick<UniversalSet, 'dim' | 'keys'>,
  slots: Uint32Array,
): Float32Array | Float64Array {
  const count = slots.length * dim
  const taken = keys instanceof Float64Array ? new Float64Array(count) : new Float32Array(count)
  for (let i = 0; i < slots.length; i++) {
    const first = slots[i] * dim
    for (let a = 0; a < dim; a++) taken[i * dim + a] = keys[first + a]
  }
  return taken
}

/** What the last filter leaves of U by other bounds [|U|], in the order of its slots, each an upper bound as well. */
export function withBounds(universal: UniversalSet, bounds: Float64Array): UniversalSet {
  const threshold = finalThreshold(universal.factor, universal.epsilon)
  return { ...universal, ...sortedByBound(universal, bounds, filterKeys(universal, bounds, threshold)) }
}
