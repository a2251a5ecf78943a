import { gamma } from '../arithmetic/numeric.ts'
import { CHUNK_ROWS, PANEL_ROWS } from '../kernels/kernels.ts'
import { requireNotNegative, whereOf, unusable } from './block-checks.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { requireSemidefinite } from './validate-sums.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import { coverRidgeOf, type Factor, gramErrorOf } from '../bounds/factor/factor.ts'
import { ridgeInflation } from '../bounds/factor/ridge-rules.ts'
import { ridgeShareOf } from '../universal/dropped-keys.ts'
import type { UniversalFile } from '../summary/merge-record.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { POWER_ROUNDINGS } from '../arithmetic/power.ts'
import { requireDroppedKeys } from './validate-dropped-keys.ts'
import { validateEntryScores } from './validate-entry-scores.ts'
import { requireKeptBounds, scoreRoom, validateBounds } from './validate-bounds.ts'
import { type FactorTerms, validateFactor } from './validate-factor.ts'
import { requireRank } from './validate-rank.ts'
import { validatePrefixes } from './validate-prefixes.ts'

/** Numbers that two passes sum in one order agree to this, and to the rounding of their sums. */
const SAME = 1e-9
/** Columns up to which a Cholesky factor takes less than a tenth of a second. */
const MOST_FACTORED = 512

/**
 * Throws Content unless every number of a universal set's file is in its range and agrees with the others (the summary in it was
 * tried by `validateSummary`). What is not known here: whether rows that are not in the file are left out rightly.
 */
export function validateUniversal(file: string, { universal, origin, state }: UniversalFile): void {
  const { factor, gramFactor, prefixes } = universal
  if (state.openRanges.length > 0)
    throw unusable(file, 'openRanges', 'empty, as U is chosen', state.openRanges.length)
  requireShards(file, origin, state)
  const isPlain = state.candidates.element === 'f32'
  if (prefixes) validatePrefixes(file, prefixes, state.gram, isPlain ? origin.shardSquaredNorms : undefined)
  if (factor.sketch?.filters === 0)
    throw unusable(file, 'sketchFilters', '1 or more, as U was chosen by them', 0)
  // Without coordinates the factor is of the sum itself.
  if (factor.preconditioner && state.dim <= MOST_FACTORED) {
    requireSemidefinite(file, 'gram', state.gram)
    if (state.weighted) requireSemidefinite(file, 'weightedGram', state.weighted.gram)
  }
  if (!factor.sketch) validateFactors(file, factor, gramFactor, state)
  if (!factor.sketch) requireRank(file, factor, state.gram)
  if (factor.power) requirePower(file, universal, state)
  if (factor.power && gramFactor) requireDroppedKeys(file, factor, gramFactor, state)
  requireKeptBounds(file, universal.bounds, universal.epsilon, factor, prefixes !== undefined)
  validateBounds(file, factor, state.candidates, { p: state.p, causal: prefixes !== undefined })
  if (factor.power && state.weighted) validateEntryScores(file, factor, state.candidates, scoreRoom(factor))
}

function validateFactors(
  file: string,
  factor: Factor,
  gramFactor: Factor | undefined,
  state: SummaryState,
): void {
  const { gram, triangular, dropRidge } = state
  const ofRows = {
    file,
    gram: gram.symmetric(),
    depth: gram.depth,
    levelErrors: errorsOf(triangular),
    isOwn: true,
  }
  if (!factor.power) validateFactor(factor, { ...ofRows, named: (name) => name })
  else validateWeightedFactor(factor, { ...ofRows, named: (name) => name }, state)
  const plainName = (name: string) => `plain${name[0].toUpperCase()}${name.slice(1)}`
  if (gramFactor) validateFactor(gramFactor, { ...ofRows, named: plainName })
  const wanted = coverRidgeOf(factor)
  if (Math.abs(dropRidge - wanted) > SAME * wanted)
    throw unusable(file, 'dropRidge', `${wanted}, as its factor's ridges say`, dropRidge)
}

/** `terms`: those of G. Files of earlier versions keep M in its coordinates alone. */
function validateWeightedFactor(factor: Factor, terms: FactorTerms, { weighted }: SummaryState): void {
  if (!weighted) {
    if (factor.preconditioner) validateFactor(factor, { ...terms, isOwn: false })
    return
  }
  const { gram, triangular } = weighted
  const { columnNorms, dim, preconditioner } = factor
  const isOfRows = !preconditioner && isMadeOf(factor, terms.depth)
  if (preconditioner || isOfRows) requireWeightedNorms(terms.file, columnNorms, gram)
  if (isOfRows) {
    const scales = columnNorms.map((norm, a) => norm / (Math.sqrt(terms.gram[a * (dim + 1)]) || 1))
    const scaled = terms.gram.map((value, i) => value * scales[Math.floor(i / dim)] * scales[i % dim])
    validateFactor(factor, { ...terms, gram: scaled })
    return
  }
  validateFactor(factor, {
    ...terms,
    gram: gram.symmetric(),
    // The sum in coordinates counts its rows' roundings apart (refinedStep).
    depth: gram.depth - (preconditioner ? 2 * POWER_ROUNDINGS : 0),
    levelErrors: errorsOf(triangular),
  })
}

/**
 * Where coordinates would need too large a ridge, the factor is that of G's H in M's norms (factorOf): told by its gramError, as M
 * is deeper than G.
 */
function isMadeOf({ dim, gramError, root }: Factor, depth: number): boolean {
  return !root && Math.abs(gramError - gramErrorOf(dim, depth)) <= SAME * gramError
}

/** Sums of the same weighted rows in another order of addition. */
function requireWeightedNorms(file: string, columnNorms: Float64Array, { gram, dim }: GramSum): void {
  columnNorms.forEach((norm, a) => {
    const square = gram[a * dim + a]
    const wanted = square > 0 ? Math.sqrt(square) : 1
    if (Math.abs(norm - wanted) <= 1e-6 * wanted || square < 2 ** -1000) return
    throw unusable(file, 'columnNorms', `${wanted}, by 'weightedGram'`, norm, whereOf(a))
  })
}

function errorsOf(sum: SummaryState['triangular']): number[] | undefined {
  return sum?.levels.flatMap((level) => (level ? [level.columnError] : []))
}

function requirePower(
  file: string,
  { factor, droppedKeys }: UniversalSet,
  { weighted, gram, p }: SummaryState,
): void {
  const { power } = factor
  if (!power || !weighted) return
  const relTol = SAME + 2 * gamma(4 * gram.rowCount + 200)
  if (Math.abs(power.weightSum - weighted.weightSum) > relTol * weighted.weightSum)
    throw unusable(file, 'weightSum', `${weighted.weightSum}, as weightedSum says`, power.weightSum)
  const ratio = power.weightRatio * ridgeInflation(factor)
  const { ratio: droppedRatio } = weighted.droppedKeys
  // After passes over files no row is known apart; of a stream the kept keys may have a larger one than the rest.
  const isOff =
    ratio < droppedRatio * (1 - relTol) || (factor.preconditioner && ratio > droppedRatio * (1 + relTol))
  if (p < 2 && isOff)
    throw unusable(
      file,
      'restRatio',
      `${factor.preconditioner ? ratio : `${ratio} at most`}, as weightRatio says`,
      droppedRatio,
    )
  const share = ridgeShareOf(factor, weighted.droppedKeys)
  if (droppedKeys && Math.abs(droppedKeys.ridgeShare - share) > SAME * share)
    throw unusable(file, 'ridgeShare', `${share}, by the file's other numbers`, droppedKeys.ridgeShare)
}

/**
 * Shards are cut at chunks. The first one's sum is as deep as its rows in panels and chunks make it (GramAccumulator), and a
 * tree over all of them adds a level for each doubling.
 */
function requireCut(
  file: string,
  shardRows: number,
  { depth, rowCount }: GramSum,
  shards: number,
  isSketch: boolean,
): void {
  if (shardRows % CHUNK_ROWS !== 0)
    throw unusable(file, 'shardRows', `a multiple of ${CHUNK_ROWS}`, shardRows)
  // A sketch adds row by row.
  if (rowCount === 0 || isSketch) return
  const rows = Math.min(rowCount, shardRows, CHUNK_ROWS)
  const least = Math.min(rows, PANEL_ROWS) + Math.ceil(rows / PANEL_ROWS) + Math.ceil(Math.log2(shards))
  if (depth < least)
    throw unusable(file, 'depth', `${least} or more for ${shards} shards of ${shardRows} rows`, depth)
}

/** Of float32 keys all columns are as they are, and the shards' traces sum to G's; of others each shard has its own scale. */
function requireShards(
  file: string,
  { shardSquaredNorms, shardRows }: UniversalFile['origin'],
  { gram, candidates, dim, sketch }: SummaryState,
): void {
  const { rowCount, depth } = gram
  const shards = shardRows > 0 ? Math.ceil(rowCount / shardRows) : undefined
  if (shards === undefined ? shardSquaredNorms.length > rowCount : shardSquaredNorms.length !== shards)
    throw unusable(
      file,
      'shardTraces',
      `${shards ?? `at most ${rowCount}`} numbers, one a shard`,
      `${shardSquaredNorms.length} of them`,
    )
  requireNotNegative(file, 'shardTraces', shardSquaredNorms)
  if (shards !== undefined) requireCut(file, shardRows, gram, shards, sketch !== undefined)
  // One shard alone has the scale of the whole.
  if (candidates.element !== 'f32' && shards !== 1) return
  let trace = 0
  for (let a = 0; a < dim; a++) trace += gram.gram[a * dim + a]
  const sum = shardSquaredNorms.reduce((total, one) => total + one, 0)
  const relTol = 4 * gamma(depth + shardSquaredNorms.length + dim + 8)
  const isWhole = shards !== undefined
  if (sum <= trace * (1 + relTol) && (!isWhole || sum >= trace * (1 - relTol))) return
  const wanted = `numbers that sum to ${trace}${isWhole ? '' : ' at most'}, the trace of 'gram'`
  throw unusable(file, 'shardTraces', wanted, sum, 'in all')
}
