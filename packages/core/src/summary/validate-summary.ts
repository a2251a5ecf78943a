import { gamma, LEAST_EPSILON } from '../numeric.ts'
import { validateSketch } from '../sketch/validate-sketch.ts'
import type { LevFile } from '../storage/lev-reader.ts'
import { requireGram, requireRowIds, requireShares, requireTriangle, whereOf } from './block-checks.ts'
import type { Candidates } from './candidates.ts'
import { NO_EXPONENT, scalePowerOfTwo } from './column-exponents.ts'
import type { GramSum } from './gram-sum.ts'
import { rowCountOf, type RowRanges } from './row-ranges.ts'
import type { SummaryState } from './summary-state.ts'
import { unusable } from './unusable.ts'
import { validateTriangular } from './validate-triangular.ts'
import { requireSemidefinite } from './semidefinite.ts'
import { requireTrueBounds } from './true-bounds.ts'
import { validateWeighted } from './validate-weighted.ts'

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
  if (file.kind === 'summary') requireSums(name, state)
  if (state.p !== 2 && !isSelection) requireTrueBounds(name, state)
}

/** U's factor says as much of its own sums. */
function requireSums(name: string, { gram, weighted, sketch }: SummaryState): void {
  if (!sketch) requireSemidefinite(name, 'gram', gram)
  if (weighted) requireSemidefinite(name, 'weightedGram', weighted.gram)
}

function requireTerms(name: string, { header, kind }: LevFile, state: SummaryState): void {
  if (kind === 'factor') throw unusable(name, 'kind', 'summary or universal', { value: kind })
  const { epsilon, p, policy, ranges, sketch, weighted, triangular } = state
  if (epsilon < LEAST_EPSILON) throw unusable(name, 'epsilon', `${LEAST_EPSILON} or more`, { value: epsilon })
  const attention = `|q.k|^${p}`
  if (header.attention !== attention)
    throw unusable(name, 'attention', `${attention}, as its p says`, { value: header.attention })
  if (policy === 'prefix' && ranges.length > 1)
    throw unusable(name, 'ranges', 'one range, as it is causal', {
      value: ranges.map((r) => Object.values(r)),
    })
  if (sketch && (p !== 2 || policy !== 'whole' || triangular))
    throw unusable(name, 'method', 'absent, as sketches are for p = 2, not causal, in Gram form', {
      value: 'sketch',
    })
  if (weighted && (p === 2 || policy !== 'whole'))
    throw unusable(name, 'weighted', 'absent, as weights are for p other than 2, not causal', { value: true })
}

function requireRows(name: string, gram: GramSum, ranges: RowRanges, isSelection: boolean): void {
  const rows = isSelection ? 0 : rowCountOf(ranges)
  if (gram.rowCount !== rows)
    throw unusable(name, 'rowCount', `${rows}, the rows of its ranges`, { value: gram.rowCount })
}

/** Both lists are in order and disjoint. */
function requireInside(name: string, openRanges: RowRanges, ranges: RowRanges): void {
  openRanges.forEach(({ rowStart, rowEnd }, i) => {
    if (ranges.some((range) => rowStart >= range.rowStart && rowEnd <= range.rowEnd)) return
    throw unusable(name, 'openRanges', "parts of the file's own ranges of rows", {
      where: whereOf(i),
      value: [rowStart, rowEnd],
    })
  })
}

function requireClosed(name: string, rowIds: Float64Array, openRanges: RowRanges): void {
  let range = 0
  for (let slot = 0; slot < rowIds.length && range < openRanges.length; slot++) {
    while (range < openRanges.length && rowIds[slot] >= openRanges[range].rowEnd) range++
    if (range < openRanges.length && rowIds[slot] >= openRanges[range].rowStart)
      throw unusable(name, 'rowIds', 'no rows that are still to be selected from', {
        where: whereOf(slot),
        value: rowIds[slot],
      })
  }
}

/** A sum of n terms is log2(n) additions deep at least; no way of ours to sum them makes it deeper than `most`. */
export function requireDepth(
  name: string,
  field: string,
  { depth, rowCount }: Pick<GramSum, 'depth' | 'rowCount'>,
  most: number,
): void {
  const least = rowCount > 0 ? Math.ceil(Math.log2(rowCount)) : 0
  if (depth >= least && depth <= most) return
  throw unusable(name, field, `from ${least} to ${most} for ${rowCount} rows`, { value: depth })
}

/** G: the upper triangle alone, in columns whose exponents say which of them are zero. */
export function validateGram(name: string, field: string, sum: GramSum): void {
  const { gram, dim, depth, rowCount, exponents } = sum
  requireTriangle(name, field, gram, dim, 'lower')
  requireGram(name, field, gram, { dim, rowCount, relTol: gamma(depth + 1) })
  for (let a = 0; a < dim; a++) {
    const square = gram[a * dim + a]
    const isZero = rowCount === 0 || exponents[a] === NO_EXPONENT
    if (isZero && square !== 0)
      throw unusable(name, field, 'zero in a column that has no exponent, or where there are no rows', {
        where: whereOf(a * dim + a, dim),
        value: square,
      })
  }
}

/**
 * Throws Content unless the keys are finite and can be rows of `gram`: their squares in a column sum to at most its diagonal
 * entry, which is known to gamma_{depth+1} and they to gamma_{count+3}; an underflow loses 2^-1074 a row. Float32 keys are in
 * columns as they are.
 */
export function requireKeys(
  name: string,
  field: string,
  { keys, count, dim, element }: Pick<Candidates, 'keys' | 'count' | 'dim' | 'element'>,
  gram: GramSum | undefined,
): void {
  const exponents = gram?.exponents ?? new Int32Array(dim)
  if (element === 'f32' && count > 0) requirePlainColumns(name, 'exponents', exponents)
  const squares = columnSquares(keys, exponents)
  if (squares.some((square) => !Number.isFinite(square))) {
    const at = keys.findIndex((value) => !Number.isFinite(value))
    if (at >= 0) throw unusable(name, field, 'finite numbers', { where: whereOf(at, dim), value: keys[at] })
  }
  if (!gram) return
  const relTol = 2 * (gamma(gram.depth + 1) + gamma(count + 4))
  const lost = (gram.rowCount + count + 1) * 2 ** -1072
  squares.forEach((square, a) => {
    const most = gram.gram[a * dim + a]
    if (square <= most * (1 + relTol) + lost) return
    const wanted = `among the rows of 'gram', whose squares in column ${a} sum to ${most}`
    throw unusable(name, field, wanted, { where: `for these alone`, value: square })
  })
}

/** Throws Content unless the columns are those of float32 keys, which are not scaled. */
export function requirePlainColumns(name: string, field: string, exponents: Int32Array): void {
  exponents.forEach((e, a) => {
    if (e === 0 || e === NO_EXPONENT) return
    throw unusable(name, field, `0 or ${NO_EXPONENT}, as its keys are float32`, {
      where: whereOf(a),
      value: e,
    })
  })
}

/** Σ (2^-e_a k_a)² of each column. */
function columnSquares(keys: Float32Array | Float64Array, exponents: Int32Array): Float64Array {
  const dim = exponents.length
  const shifts = exponents.map((e) => (e === NO_EXPONENT ? 0 : -e))
  const moderate = shifts.every((shift) => Math.abs(shift) <= 1000)
  const factors = Float64Array.from(shifts, (shift) => 2 ** shift)
  const squares = new Float64Array(dim)
  for (let i = 0; i < keys.length;) {
    for (let a = 0; a < dim; a++, i++) {
      const value = moderate ? keys[i] * factors[a] : scalePowerOfTwo(keys[i], shifts[a])
      squares[a] += value * value
    }
  }
  return squares
}
