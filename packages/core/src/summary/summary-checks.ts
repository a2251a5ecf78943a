import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { type InputName, LevError } from '../errors/errors.ts'
import { firstNonFinite, nonFiniteIn } from '../matrix/non-finite.ts'
import type { SummaryState } from './summary-state.ts'

/** Throws Option where row ids before `rowEnd` are no longer exact. */
export function requireExactIds(rowEnd: number): void {
  if (rowEnd <= Number.MAX_SAFE_INTEGER) return
  const message = `row ids up to ${rowEnd} are above 2^53, where they are no longer exact`
  throw new LevError('Option', message, { option: 'rowStart' })
}

/** Throws ShapeMismatch, and Content naming the first NaN or infinity of rows that begin at `rowStart`, and their count. */
export function requireFinite(
  rows: Float32Array | Float64Array,
  dim: number,
  input: InputName,
  rowStart = 0,
): void {
  if (rows.length % dim !== 0) {
    const message = `${counted(rows.length, 'number')}: not a whole number of rows of ${counted(dim, 'column')}`
    throw new LevError('ShapeMismatch', message)
  }
  if (firstNonFinite(rows) >= 0) throw nonFiniteIn(rows, dim, input, rowStart)
}

/** Throws Option where the state is a sketch: those take in rows only by their own pass over them. */
export function requireExact({ sketch }: Pick<SummaryState, 'sketch'>): void {
  if (!sketch) return
  const message = `this summary is a sketch: build one of the new rows with ${optionText('method', 'sketch')} and merge both`
  throw new LevError('Option', message)
}
