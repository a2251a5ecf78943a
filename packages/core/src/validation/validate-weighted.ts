import { gamma } from '../arithmetic/numeric.ts'
import { RandomStream } from '../random/random.ts'
import type { PrioritySample } from '../sums/priority-sample.ts'
import { POWER_ROUNDINGS } from '../arithmetic/power.ts'
import { requireEach, requireNotNegative, requireRowIds, whereOf, unusable } from './block-checks.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { type RowWeight, weighRow } from '../bounds/power/row-weights.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import { requireDepth, requireKeys, validateGram } from './validate-sums.ts'
import { validateTriangular } from './validate-triangular.ts'
import type { WeightedForm } from '../sums/weighted-form.ts'

/** Throws Content unless what the file says of its weights can be true of the rows of `state`. */
export function validateWeighted(file: string, form: WeightedForm, state: SummaryState): void {
  const { gram, triangular, weightSum, droppedKeys } = form
  const { gram: plain, candidates, p } = state
  // A chunk and a merge make M deeper by two, and its weighted rows went through POWER_ROUNDINGS twice.
  requireDepth(file, 'weightedDepth', gram, 4 * gram.rowCount + 2 + 4 * POWER_ROUNDINGS)
  validateGram(file, 'weightedGram', gram)
  requireColumns(file, gram, plain)
  if (weightSum === 0 && gram.gram.some((value) => value !== 0))
    throw unusable(file, 'weightedSum', 'above 0, as weighted rows are summed', weightSum)
  if (triangular) validateTriangular(file, 'weightedTriangular', triangular, gram)
  requireNotNegative(file, 'arrivals', candidates.entryScores)
  if (p < 2) requireEntryScores(file, form, state)
  else if (droppedKeys.ratio !== 0) throw unusable(file, 'restRatio', '0, as p is above 2', droppedKeys.ratio)
  if (droppedKeys.sample) validateSample(file, droppedKeys.sample, state)
}

/** The square below which a column's rows may weigh nothing, or their weighted squares vanish. */
const LEAST_COLUMN = 2 ** -900

/** A column of zeros is one of M as well, and no other: the largest row in a column has a score of about 1/n at least. */
function requireColumns(file: string, { gram, dim }: GramSum, plain: GramSum): void {
  for (let i = 0; i < gram.length; i += dim + 1) {
    if (plain.gram[i] > LEAST_COLUMN && gram[i] === 0)
      throw unusable(file, 'weightedGram', "above 0 where 'gram' is", gram[i], whereOf(i, dim))
    if (plain.gram[i] === 0 && gram[i] !== 0)
      throw unusable(file, 'weightedGram', "zero where 'gram' is", gram[i], whereOf(i, dim))
  }
}

/**
 * p < 2, where a weight stays what it was on arrival: those of the kept keys and of the sampled rest are a part of S, rounded as
 * often as rows were added.
 */
function requireEntryScores(
  file: string,
  { weightSum, gram, droppedKeys: { sample } }: WeightedForm,
  { candidates, p }: SummaryState,
): void {
  const row: RowWeight = { weight: 0, scale: 0 }
  let sum = sample?.weightSum ?? 0
  for (const v of candidates.entryScores) {
    weighRow(row, p, v)
    sum += row.weight
  }
  if (sum <= weightSum * (1 + 2 * gamma(4 * gram.rowCount + 64 + 4 * POWER_ROUNDINGS))) return
  throw unusable(file, 'weightedSum', `${sum} or more, what the kept keys and its sample weigh`, weightSum)
}

/** Priorities are a function of weight, seed and row id; W counts the sampled rows too. */
function validateSample(
  file: string,
  { seed, rowCount, rows, weightSum, boundRatio }: PrioritySample,
  { ranges, gram, candidates }: SummaryState,
): void {
  const { rowIds, entryScores: weights, bounds: priorities, count } = rows
  if (count > 0 !== boundRatio > 0)
    throw unusable(file, 'sampleBoundRatio', 'above 0 where there is a sample, else 0', boundRatio)
  if (count > rowCount + 1)
    throw unusable(file, 'sampleRowIds', `${rowCount + 1} at most, as sampleRows says`, count)
  requireRowIds(file, 'sampleRowIds', rowIds, ranges)
  requireApart(file, rowIds, candidates.rowIds)
  requireEach(file, 'sampleWeights', weights, (w) => w > 0 && w < Infinity, 'finite numbers above 0')
  const stream = new RandomStream(seed, 'priorities')
  const isPriority = (value: number, slot: number) =>
    value === weights[slot] / stream.fineUniform(rowIds[slot])
  requireEach(
    file,
    'samplePriorities',
    priorities,
    isPriority,
    "what its weight, row id and 'sampleSeed' give",
  )
  requireKeys(file, 'sampleKeys', rows, gram)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const relTol = 2 * gamma(2 * gram.rowCount + 16)
  const isWhole = count <= rowCount
  if (weightSum >= sum * (1 - relTol) && (!isWhole || weightSum <= sum * (1 + relTol))) return
  const wanted = `${sum}${isWhole ? '' : ' or more'}, as its sample says`
  throw unusable(file, 'sampleWeightSum', wanted, weightSum)
}

/** Both ascend. */
function requireApart(file: string, sampled: Float64Array, kept: Float64Array): void {
  let slot = 0
  sampled.forEach((rowId, i) => {
    while (slot < kept.length && kept[slot] < rowId) slot++
    if (kept[slot] === rowId)
      throw unusable(file, 'sampleRowIds', 'rows that are not kept as keys', rowId, whereOf(i))
  })
}
