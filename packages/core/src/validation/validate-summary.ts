import { LEAST_EPSILON } from '../arithmetic/numeric.ts'
import { validateSketch } from './validate-sketch.ts'
import type { LevFile } from '../lev/lev-reader.ts'
import { requireRowIds, requireShares, whereOf, unusable } from './block-checks.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { rowCountOf, type RowRanges } from '../matrix/row-ranges.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import { requireDepth, requireKeys, validateGram, requireSemidefinite } from './validate-sums.ts'
import { validateTriangular } from './validate-triangular.ts'
import { requireTrueBounds } from './true-bounds.ts'
import { requireSumsOfKept } from './validate-whole.ts'
import { validateWeighted } from './validate-weighted.ts'
import { attentionName, isQuadratic } from '../attention/attention.ts'
import { weighsRows } from '../sums/weighted-form.ts'

/** Where a summary comes from, as `validateSummary` says. */
export interface SummaryOrigin {
  readonly isSelection?: boolean
  readonly isFresh?: boolean
}

/**
 * Throws Content unless every number of `state`, which was read from `file`, is in its range and agrees with the others: a
 * right checksum says nothing of truth. Every opener of a summary goes through here; O(d² + keys · d).
 * `isSelection`: the keys that a task chose from its rows, whose Gram is another's to know. `isFresh`: a thread of ours made it
 * just now; what takes d³ operations is then left out.
 */
export function validateSummary(
  file: LevFile,
  state: SummaryState,
  { isSelection = false, isFresh = false }: SummaryOrigin,
): void {
  const { name } = file
  const { gram, ranges, openRanges, candidates, triangular, sketch, weighted } = state
  requireTerms(name, file, state)
  requireRows(name, gram, ranges, isSelection)
  requireInside(name, openRanges, ranges)
  requireDepth(name, 'depth', gram, 2 * gram.rowCount + 2)
  validateGram(name, 'gram', gram)
  requireRowIds(name, 'rowIds', candidates.rowIds, ranges)
  requireClosed(name, candidates.rowIds, openRanges)
  requireShares(name, 'bounds', candidates.bounds)
  requireKeys(name, 'keys', candidates, isSelection ? undefined : gram)
  if (triangular) validateTriangular(name, 'triangular', triangular, gram)
  if (sketch) validateSketch(name, sketch, state)
  if (weighted) validateWeighted(name, weighted, state)
  if (isFresh) return
  // Of a universal set, p = 2, the factor says as much of its own sums.
  if (file.kind === 'summary' || !isQuadratic(state)) requireSums(name, state)
  if (!isSelection && !sketch && openRanges.length === 0) requireSumsOfKept(name, state)
  if (!isQuadratic(state) && !isSelection) requireTrueBounds(name, state)
}

function requireSums(name: string, { gram, weighted, sketch }: SummaryState): void {
  if (!sketch) requireSemidefinite(name, 'gram', gram)
  if (weighted) requireSemidefinite(name, 'weightedGram', weighted.gram)
}

function requireTerms(name: string, { header, kind }: LevFile, state: SummaryState): void {
  if (kind === 'factor') throw unusable(name, 'kind', 'summary or universal', kind)
  const { epsilon, policy, ranges, sketch, weighted, triangular } = state
  if (epsilon < LEAST_EPSILON) throw unusable(name, 'epsilon', `${LEAST_EPSILON} or more`, epsilon)
  const attention = attentionName(state)
  if (header.attention !== attention)
    throw unusable(name, 'attention', `${attention}, as its p says`, header.attention)
  if (policy === 'prefix' && ranges.length > 1)
    throw unusable(
      name,
      'ranges',
      'one range, as it is causal',
      ranges.map((r) => Object.values(r)),
    )
  if (sketch && (!isQuadratic(state) || policy !== 'whole' || triangular))
    throw unusable(name, 'method', 'absent, as sketches are for p = 2, not causal, in Gram form', 'sketch')
  if (weighted && !weighsRows(state))
    throw unusable(name, 'weighted', 'absent, as weights are for p other than 2, not causal', true)
}

function requireRows(name: string, gram: GramSum, ranges: RowRanges, isSelection: boolean): void {
  const rows = isSelection ? 0 : rowCountOf(ranges)
  if (gram.rowCount !== rows)
    throw unusable(name, 'rowCount', `${rows}, the rows of its ranges`, gram.rowCount)
}

/** Both lists are in order and disjoint. */
function requireInside(name: string, openRanges: RowRanges, ranges: RowRanges): void {
  let range = 0
  openRanges.forEach(({ rowStart, rowEnd }, i) => {
    while (range < ranges.length && ranges[range].rowEnd < rowEnd) range++
    if (range < ranges.length && rowStart >= ranges[range].rowStart) return
    const wanted = "parts of the file's own ranges of rows"
    throw unusable(name, 'openRanges', wanted, [rowStart, rowEnd], whereOf(i))
  })
}

function requireClosed(name: string, rowIds: Float64Array, openRanges: RowRanges): void {
  let range = 0
  for (let slot = 0; slot < rowIds.length && range < openRanges.length; slot++) {
    while (range < openRanges.length && rowIds[slot] >= openRanges[range].rowEnd) range++
    if (range < openRanges.length && rowIds[slot] >= openRanges[range].rowStart)
      throw unusable(
        name,
        'rowIds',
        'no rows that are still to be selected from',
        rowIds[slot],
        whereOf(slot),
      )
  }
}
