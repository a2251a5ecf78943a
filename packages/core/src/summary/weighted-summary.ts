import { earlyWeightedThreshold, finalThreshold } from '../bounds/filter-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { droppedKeysOf, ridgeShareOf } from '../universal/dropped-keys.ts'
import { type UniversalSet, universalSetFrom } from '../universal/universal-set.ts'
import { dropWeighted, measureKeys, type MeasuredKeys } from '../universal/weighted-drop.ts'
import { weightedFactorOf } from '../bounds/power/weighted-factor.ts'
import { factorOfState } from './state-factor.ts'
import type { SummaryState } from './summary-state.ts'
import type { WeightedForm } from '../sums/weighted-form.ts'

/** The factor of G of a state of p other than 2. */
export function gramFactorOf(state: SummaryState): Factor {
  return factorOfState({ ...state, dropRidge: state.weighted?.droppedKeys.leverageRidge ?? 0 })
}

/** The state without the keys that M of its weights (`form`) excludes by now; by a regular factor only where `ridged` is false. */
export function dropByWeights(
  kernels: Kernels,
  state: SummaryState,
  form: WeightedForm,
  ridged = true,
): SummaryState {
  const { candidates, epsilon } = state
  const { gramFactor, measured } = measuredState(kernels, state, form)
  const { factor } = measured
  if (factor.ridge > 0 && !ridged) return state
  const threshold = earlyWeightedThreshold(factor, epsilon)
  const dropped = dropWeighted(kernels, measured, candidates, form, gramFactor, threshold)
  return withDrop(state, dropped)
}

/** U of a state of p other than 2 by its weights, and the state whose candidates are U. */
export function weightedUniversalSet(
  kernels: Kernels,
  state: SummaryState,
  form: WeightedForm,
): { universal: UniversalSet; state: SummaryState } {
  const { candidates, epsilon } = state
  const { gramFactor, measured } = measuredState(kernels, state, form)
  const { factor, bounds } = measured
  const threshold = finalThreshold(factor, epsilon)
  const { ridge } = factor
  const closed = dropWeighted(kernels, measured, candidates, form, gramFactor, threshold)
  const { leverageRidge } = closed.form.droppedKeys
  const droppedKeys = droppedKeysOf(closed.form.droppedKeys, ridgeShareOf(factor, closed.form.droppedKeys))
  const covered = { ...factor, dropRidge: ridge > 0 ? closed.dropRidge : factor.dropRidge }
  const universal = universalSetFrom(candidates, bounds, { epsilon, threshold }, covered, {
    gramFactor: { ...gramFactor, dropRidge: leverageRidge },
    droppedKeys,
  })
  return { universal, state: withDrop(state, closed) }
}

function measuredState(
  kernels: Kernels,
  state: SummaryState,
  form: WeightedForm,
): { gramFactor: Factor; measured: MeasuredKeys } {
  const gramFactor = gramFactorOf(state)
  const factor = weightedFactorOf(state.p, form, state.dropRidge, gramFactor)
  return { gramFactor, measured: measureKeys(kernels, factor, state.candidates) }
}

function withDrop(
  state: SummaryState,
  { candidates, form, dropRidge }: ReturnType<typeof dropWeighted>,
): SummaryState {
  return { ...state, candidates, weighted: form, dropRidge }
}
