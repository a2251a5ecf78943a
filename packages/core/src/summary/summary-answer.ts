import type { Kernels } from '../kernels/kernels.ts'
import type { MergeRecord } from './merge-record.ts'
import { type UniversalSet, universalSetOf } from '../universal/universal-set.ts'
import { factorOfState } from './state-factor.ts'
import type { SummaryState } from './summary-state.ts'
import { weightedUniversalSet } from './weighted-summary.ts'
import { weightsOf } from '../sums/weighted-form.ts'

/** U of a state whose keys are all at hand, and the state whose candidates are U (p = 2: as it was). */
export function universalSetOfState(
  kernels: Kernels,
  state: SummaryState,
): { universal: UniversalSet; state: SummaryState } {
  const form = weightsOf(state)
  if (form) return weightedUniversalSet(kernels, state, form)
  const factor = factorOfState(state, kernels)
  return { universal: universalSetOf(kernels, factor, state.candidates, state.epsilon), state }
}

/** What a file of U keeps of the state that `universalSetOfState` gave with it. */
export function mergeRecordOf({
  gram,
  ranges,
  triangular,
  sketch,
  weighted,
  candidates,
}: SummaryState): Omit<MergeRecord, 'shardRows' | 'shardSquaredNorms'> {
  const origin = { gram, ranges, triangular, sketch }
  return weighted ? { ...origin, weighted: { form: weighted, entryScores: candidates.entryScores } } : origin
}
