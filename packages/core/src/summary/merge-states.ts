import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { plainDense } from '../kernels/dense.ts'
import type { SketchSum } from '../sums/sketch-sum.ts'
import { dropByEarlier } from '../bounds/causal/prefix-drop.ts'
import { joinRanges, type RowRanges } from '../matrix/row-ranges.ts'
import type { SummaryState } from './summary-state.ts'
import type { TriangularSum } from '../sums/triangular-sum.ts'
import { mergeWeightedForms } from '../bounds/power/weighted-merge.ts'
import { ATTENTION_TERMS } from '../attention/attention.ts'
import { weighsRows, weightsOf } from '../sums/weighted-form.ts'

/** The state of both summaries' rows. Throws IncompatibleSummary naming what differs, before anything is changed; `placedBy`: as `joinRanges`. */
export function mergeStates(
  a: SummaryState,
  b: SummaryState,
  dense = plainDense,
  placedBy?: string,
): SummaryState {
  for (const term of ['dim', ...ATTENTION_TERMS, 'epsilon', 'policy'] as const) {
    if (a[term] === b[term]) continue
    const name = term === 'dim' ? 'd' : term
    const message = `one summary has ${name} = ${a[term]}, the other ${b[term]}; they cannot be merged`
    throw new LevError('IncompatibleSummary', message)
  }
  const sketch = mergeSketches(a, b)
  const ranges = joinRanges(a.ranges, b.ranges, placedBy)
  if (a.policy === 'prefix') requireConsecutive(a.ranges, b.ranges)
  const [own, others] = weighsRows(a) ? [weightsOf(a), weightsOf(b)] : []
  return {
    ...a,
    ranges,
    gram: a.gram.clone().merge(b.gram, dense),
    candidates: a.candidates.union(b.candidates),
    openRanges: joinRanges(a.openRanges, b.openRanges),
    triangular: mergeTriangular(a, b),
    dropRidge: Math.max(a.dropRidge, b.dropRidge),
    sketch,
    weighted: own && others && mergeWeightedForms(a.p, own, others),
  }
}

/** As `mergeStates`; with policy 'prefix' the rows of `a` may exclude keys of `b`, and never the other way. */
export function mergeByPolicy(kernels: Kernels, a: SummaryState, b: SummaryState): SummaryState {
  const merged = mergeStates(a, b)
  if (a.policy === 'whole' || b.candidates.count === 0) return merged
  const { kept, ridge } = dropByEarlier(kernels, a.gram, b.candidates, a.epsilon, a.p)
  return { ...merged, candidates: a.candidates.union(kept), dropRidge: Math.max(merged.dropRidge, ridge) }
}

/** Throws IncompatibleSummary unless the rows of `b` follow those of `a`. */
function requireConsecutive(a: RowRanges, b: RowRanges): void {
  if (a.length === 0 || b.length === 0) return
  const [end, start] = [a[a.length - 1].rowEnd, b[0].rowStart]
  if (a.length === 1 && b.length === 1 && end === start) return
  const message = `causal summaries are merged in row order without gaps: one ends before row ${end}, the other begins at row ${start}`
  throw new LevError('IncompatibleSummary', message, { row: start })
}

/** Throws IncompatibleSummary where one summary is a sketch and the other not, or their terms differ. */
function mergeSketches(a: SummaryState, b: SummaryState): SketchSum | undefined {
  if ((a.sketch === undefined) === (b.sketch === undefined))
    return a.sketch && b.sketch ? a.sketch.clone().merge(b.sketch) : undefined
  const message = `one summary was made with ${optionText('method', 'sketch')}, the other is exact; they cannot be merged: build both alike`
  throw new LevError('IncompatibleSummary', message)
}

/** R of both, where both have one; a summary of no rows needs none. */
function mergeTriangular(a: SummaryState, b: SummaryState): TriangularSum | undefined {
  if (b.gram.rowCount === 0) return a.triangular?.clone()
  if (a.gram.rowCount === 0) return b.triangular?.clone()
  return a.triangular && b.triangular ? a.triangular.clone().merge(b.triangular) : undefined
}
