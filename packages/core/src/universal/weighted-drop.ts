import { droppedSlots, filterKeys, type KeyThreshold } from '../bounds/filter-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { offerRows } from '../sums/priority-sample.ts'
import type { Candidates } from '../sums/candidates.ts'
import { type RowWeight, weighRow } from '../bounds/power/row-weights.ts'
import type { DroppedKeySums, WeightedForm } from '../sums/weighted-form.ts'
import { boundOf, coverRidgeOf, type Factor } from '../bounds/factor/factor.ts'
import { ridgeInflation } from '../bounds/factor/ridge-rules.ts'
import { tausOf } from '../bounds/selector.ts'

/** The candidates of a form, measured by its factor. */
export interface MeasuredKeys {
  /** With C of all rows, kept or not (p < 2). */
  readonly factor: Factor
  /** t_j [candidates.count]. */
  readonly scores: Float64Array
  /** The smallest known bound of each [candidates.count]. */
  readonly bounds: Float64Array
}

/** Bounds of all `candidates`: the least of the factor's own and the one that was recorded. */
export function measureKeys(kernels: Kernels, factor: Factor, candidates: Candidates): MeasuredKeys {
  const scores = tausOf(kernels, factor, candidates)
  const full = withRatio(factor, scores, candidates.entryScores)
  const bounds = scores.map((t, slot) => Math.min(boundOf(full, t), candidates.bounds[slot]))
  return { factor: full, scores, bounds }
}

/**
 * C over the dropped keys and the candidates as M is now: t_j / v_j only falls while rows come, so that rows that are still here
 * count with what it is, not with what it was.
 */
function withRatio(factor: Factor, scores: Float64Array, entryScores: Float64Array): Factor {
  const { power } = factor
  if (!power || power.p > 2) return factor
  let largest = 0
  scores.forEach((t, slot) => {
    if (entryScores[slot] > 0) largest = Math.max(largest, t / entryScores[slot])
  })
  // A ridge's bound inflates C with t: what `droppedKeys` holds is inflated already.
  const droppedKeys = power.weightRatio / ridgeInflation(factor)
  const weightRatio = Math.max(droppedKeys, (1 + 4 * factor.thresholdSlack) * largest)
  return { ...factor, power: { ...power, weightRatio } }
}

/** What is left of a form's candidates after a drop. */
interface WeightedDrop {
  readonly candidates: Candidates
  readonly form: WeightedForm
  /** The largest ridge of M, against D_M², of any drop. */
  readonly dropRidge: number
}

/**
 * Drops the keys that `threshold` does not keep, and books them under `droppedKeys`. `gramFactor`: the factor of G. A bound of a
 * regular factor holds for good and is recorded; one of a ridge holds only as long as S does not grow (`ridgeScore`).
 */
export function dropWeighted(
  kernels: Kernels,
  { factor, scores, bounds }: MeasuredKeys,
  candidates: Candidates,
  form: WeightedForm,
  gramFactor: Factor,
  threshold: KeyThreshold,
): WeightedDrop {
  const recorded =
    factor.ridge > 0
      ? candidates.bounds
      : candidates.bounds.map((known, slot) =>
          Math.min(known, bounds[slot] * (1 + 2 * factor.thresholdSlack)),
        )
  const keptSlots = filterKeys(candidates, bounds, threshold)
  const kept = candidates.at(keptSlots, recorded)
  if (kept.count === candidates.count) return { candidates: kept, form, dropRidge: factor.dropRidge }
  const slots = droppedSlots(keptSlots, candidates.count)
  const dropped = candidates.at(slots, bounds)
  const droppedScores = Float64Array.from(slots, (slot) => scores[slot])
  const droppedKeys = withDropped(kernels, factor, gramFactor, form.droppedKeys, dropped, droppedScores)
  return { candidates: kept, form: { ...form, droppedKeys }, dropRidge: coverRidgeOf(factor) }
}

function withDropped(
  kernels: Kernels,
  factor: Factor,
  gramFactor: Factor,
  droppedKeys: DroppedKeySums,
  dropped: Candidates,
  scores: Float64Array,
): DroppedKeySums {
  const { ridge, power } = factor
  const p = power?.p ?? 2
  const { entryScores } = dropped
  let { ratio, ridgeScore } = droppedKeys
  const inflation = ridge > 0 ? ridgeInflation(factor) : 1 + 4 * factor.thresholdSlack
  scores.forEach((t, slot) => {
    if (p < 2 && entryScores[slot] > 0) ratio = Math.max(ratio, (inflation * t) / entryScores[slot])
    if (ridge > 0) ridgeScore = Math.max(ridgeScore, inflation * t)
  })
  const { leverage, leverageRidge } = withLeverage(kernels, gramFactor, droppedKeys, dropped)
  return { ratio, ridgeScore, leverage, leverageRidge, sample: withOffered(p, droppedKeys, dropped) }
}

function withLeverage(
  kernels: Kernels,
  gramFactor: Factor,
  { leverage, leverageRidge }: DroppedKeySums,
  dropped: Candidates,
): Pick<DroppedKeySums, 'leverage' | 'leverageRidge'> {
  if (leverage === 1) return { leverage, leverageRidge }
  const inflation = gramFactor.ridge > 0 ? ridgeInflation(gramFactor) : 1 + 2 * gramFactor.thresholdSlack
  const largest = tausOf(kernels, gramFactor, dropped).reduce((most, tau) => Math.max(most, tau), 0)
  return {
    leverage: Math.min(1, Math.max(leverage, inflation * largest)),
    leverageRidge: Math.max(leverageRidge, coverRidgeOf(gramFactor)),
  }
}

/** The sample with those of `dropped` that weigh anything: the others' dots vanish with their t. */
function withOffered(p: number, { sample }: DroppedKeySums, dropped: Candidates): DroppedKeySums['sample'] {
  if (!sample) return undefined
  const row: RowWeight = { weight: 0, scale: 0 }
  const weights = dropped.entryScores.map((v) => {
    weighRow(row, p, v)
    return row.weight
  })
  const heavy = Uint32Array.from(weights.keys()).filter((slot) => weights[slot] > 0)
  return offerRows(
    sample,
    dropped.at(heavy),
    weights.filter((weight) => weight > 0),
  )
}
