/**
 * The one place where a key is dropped: nothing else compares a bound with a threshold, and thresholds are made here, by
 * name, each with the reason why it is safe. test/house/filter-keys.test.ts shows it for every command.
 */
import { gamma, LEAST_EPSILON, UNIT_ROUNDOFF_F32, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'

/** By a ridge only keys well below the threshold are dropped early: S may still grow, and their bound with it. */
const EARLY_RIDGE_SHARE = 1 / 4
/** Lower thresholds are left to the scores: no float32 underflow of a norm decides. */
const LEAST_FOR_NORMS = 2 ** -60

/** The bound from which on a key stays. Plain data. */
export interface KeyThreshold {
  readonly keepsFrom: number
}

/** What is used of Kernels. */
interface NormKernels {
  atLeast(hits: Uint32Array, norms: Float32Array | Float64Array, limit: number, count: number): number
}

/** Upper bound of the relative error of the factor's bounds. */
type Slack = { readonly thresholdSlack: number }

/**
 * Of the last filter, by a factor of all rows: epsilon (1 - slack). A heavy key has sigma >= epsilon (theory.md section 1),
 * an exact bound is no smaller than sigma (sections 2, 3), and a computed one is smaller by the slack of its factor at most
 * (section 8); a ridge's holds its own rounding.
 */
export function finalThreshold({ thresholdSlack }: Slack, epsilon: number): KeyThreshold {
  return { keepsFrom: epsilon * (1 - thresholdSlack) }
}

/**
 * Of every filter before the last, by a factor of some rows, the key among them: epsilon (1 - 3 slack). More rows never
 * raise sigma (theory.md section 1), so one slack would do; with three the last filter alone decides U, however the passes
 * were cut (section 3): a key that it keeps has a true bound of epsilon (1 - slack) / (1 + slack) or more, which an earlier
 * factor, whose slack is no smaller, computes as (1 - slack) times that at least.
 */
export function earlyThreshold({ thresholdSlack }: Slack, epsilon: number): KeyThreshold {
  return { keepsFrom: epsilon * (1 - 3 * thresholdSlack) }
}

/** As `earlyThreshold`, p other than 2, where the sum of the weights may still grow: by a ridge a bound then grows too. */
export function earlyWeightedThreshold(
  factor: Slack & { readonly ridge: number },
  epsilon: number,
): KeyThreshold {
  return factor.ridge > 0 ? { keepsFrom: epsilon * EARLY_RIDGE_SHARE } : earlyThreshold(factor, epsilon)
}

/** Of bounds that hold as they are, rounded up by their own slack: epsilon. */
export function certifiedThreshold(epsilon: number): KeyThreshold {
  return { keepsFrom: epsilon }
}

/** Whether a key of this bound stays. A NaN bounds nothing. */
export function keepsKey(bound: number, { keepsFrom }: KeyThreshold): boolean {
  return !(bound < keepsFrom)
}

/** The slots, ascending, of the keys that stay: `bounds` [count] in the order of `rowIds` [count]. */
export function filterKeys(
  { rowIds }: { readonly rowIds: Float64Array },
  bounds: Float64Array,
  threshold: KeyThreshold,
): Uint32Array<ArrayBuffer> {
  const kept = new Uint32Array(rowIds.length)
  let count = 0
  for (let slot = 0; slot < rowIds.length; slot++) if (keepsKey(bounds[slot], threshold)) kept[count++] = slot
  return kept.slice(0, count)
}

/** The slots of `count` that are not among the `kept` ones. */
export function droppedSlots(kept: Uint32Array, count: number): Uint32Array {
  const stays = new Uint8Array(count)
  for (const slot of kept) stays[slot] = 1
  return Uint32Array.from(stays.keys()).filter((slot) => stays[slot] === 0)
}

/** How many of `count` keys in the order of their bounds, the largest first, stay where at most `limit` may. */
export function filterByRank(count: number, limit: number): number {
  return Math.min(count, limit)
}

/**
 * The least epsilon whose U lies within the first `limit` of keys whose `bounds` by `factor` descend: just above the first
 * one that is left out (`finalThreshold` inverted); where none is, the smallest that is kept. Undefined where that is above
 * 1, so that the key left out is in the U of every epsilon.
 */
export function epsilonOfRank(bounds: Float64Array, limit: number, factor: Slack): number | undefined {
  const next = bounds[limit] ?? 0
  if (next === 0) return Math.min(1, bounds.findLast((bound) => bound >= LEAST_EPSILON) ?? 1)
  const epsilon = Math.max(LEAST_EPSILON, (next * (1 + 2 ** -40)) / (1 - factor.thresholdSlack))
  return epsilon <= 1 ? epsilon : undefined
}

/**
 * Of norms: for sums c that `rowNorms` computed for N = Σ (s_a k_a)², where tau <= N stretch / (1 + 2e-3): a row with c below it has a
 * computed tau below `threshold`. Undefined where nothing can be said.
 *
 * A computed tau is at most (1 + slack) <= 1.001 times the true one, so N < threshold is enough. With unit roundoff v the
 * kernel's sum is at least (1 - gamma_{d+10}(v)) N - d 2^-120: s_a has at most 4 roundings and its product 1, squared 10
 * factors with the d - 1 additions and the square's own; where s_a k_a is subnormal it is off by 2^-150 and its square by
 * less than 2^-120. So c < threshold (1 - 2 gamma_{d+10}(v)) - d 2^-119, itself rounded to v, gives N < threshold.
 */
export function normThreshold(
  { keepsFrom }: KeyThreshold,
  dim: number,
  element: 'f32' | 'f64',
  stretch = 1,
): KeyThreshold | undefined {
  const least = keepsFrom / stretch
  if (!(least > LEAST_FOR_NORMS)) return undefined
  const rounding = gamma(dim + 10, element === 'f32' ? UNIT_ROUNDOFF_F32 : UNIT_ROUNDOFF_F64)
  const ofNorms = least * (1 - 2 * rounding) - dim * 2 ** -119
  return ofNorms > 0 ? { keepsFrom: ofNorms } : undefined
}

/** Writes the numbers of the rows that stay, ascending, to `hits` (kernels' memory) and returns how many: `norms` [rowCount]. */
export function filterByNorms(
  kernels: NormKernels,
  hits: Uint32Array,
  norms: Float32Array | Float64Array,
  { keepsFrom }: KeyThreshold,
  rowCount: number,
): number {
  return kernels.atLeast(hits, norms, keepsFrom, rowCount)
}
