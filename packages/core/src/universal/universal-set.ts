import type { Kernels } from '../kernels/kernels.ts'
import type { Candidates } from '../summary/candidates.ts'
import { boundThreshold, type Factor } from './factor.ts'
import type { RestKnowledge } from './sampled-rest.ts'
import { boundsOf } from './select.ts'

/**
 * The universal set U (theory.md section 1): every key that can take epsilon of the |q.k|^p attention of any query that
 * the factor's certificate covers. Slots are sorted by bound descending, ties by row id, so a higher epsilon is a prefix.
 */
export interface UniversalSet {
  readonly p: number
  readonly epsilon: number
  /** n: keys that the set was chosen from. */
  readonly rowCount: number
  readonly dim: number
  readonly rowIds: Float64Array // [|U|]
  readonly bounds: Float64Array // [|U|]
  readonly keys: Float32Array | Float64Array // [|U|, dim], as they were read
  /** Of G; for p other than 2 of the weighted M (factor.power). */
  readonly factor: Factor
  /** The factor of G, p other than 2: for row sums. */
  readonly plain?: Factor | undefined
  /** p other than 2: what is known of the keys outside U beyond their bounds. */
  readonly rest?: RestKnowledge | undefined
}

/**
 * U from keys that no earlier bound excluded: their bounds by the last factor decide, and only they.
 * `candidates` must hold every key with bound >= epsilon (1 - thresholdSlack).
 */
export function universalSetOf(
  kernels: Kernels,
  factor: Factor,
  candidates: Candidates,
  epsilon: number,
  plain?: Factor,
): UniversalSet {
  const bounds = boundsOf(kernels, factor, candidates)
  // The least of all bounds counts where weights make them; p = 2 has but one score.
  if (factor.power) candidates.bounds.forEach((known, slot) => (bounds[slot] = Math.min(bounds[slot], known)))
  return universalSetFrom(candidates, bounds, epsilon, factor, plain ? { plain } : {})
}

/** U from `candidates` whose `bounds` are known. */
export function universalSetFrom(
  candidates: Candidates,
  bounds: Float64Array,
  epsilon: number,
  factor: Factor,
  knowledge: Pick<UniversalSet, 'plain' | 'rest'>,
): UniversalSet {
  const { dim, rowIds, keys } = candidates
  const { others: _, ...chooser } = factor
  const threshold = boundThreshold(factor, epsilon)
  const slots = Uint32Array.from(bounds.keys())
    .filter((slot) => bounds[slot] >= threshold)
    .sort((a, b) => bounds[b] - bounds[a] || rowIds[a] - rowIds[b])
  const kept =
    candidates.element === 'f64' ? new Float64Array(slots.length * dim) : new Float32Array(slots.length * dim)
  slots.forEach((slot, i) => kept.set(keys.subarray(slot * dim, (slot + 1) * dim), i * dim))
  return {
    p: factor.power?.p ?? 2,
    epsilon,
    rowCount: factor.rowCount,
    dim,
    rowIds: Float64Array.from(slots, (slot) => rowIds[slot]),
    bounds: Float64Array.from(slots, (slot) => bounds[slot]),
    keys: kept,
    factor: chooser,
    ...knowledge,
  }
}
