import { counted } from '../counted.ts'
import { type InputName, LevError } from '../errors.ts'
import { LEAST_EPSILON } from '../numeric.ts'
import { firstNonFinite, nonFiniteIn } from '../storage/non-finite.ts'
import type { SummaryState, SummaryTerms } from './summary-state.ts'

/** Throws Option unless a summary can have these terms. */
export function requireTerms({ dim, epsilon, p, policy }: SummaryTerms, rowStart: number): void {
  const complain = (message: string) => new LevError('Option', message)
  if (!(Number.isInteger(dim) && dim >= 1 && dim <= 1024))
    throw complain(`dim is ${dim}; 1 to 1024 columns are possible`)
  if (!(epsilon > 0 && epsilon <= 1)) throw complain(`epsilon is ${epsilon}; it must be in (0, 1]`)
  if (epsilon < LEAST_EPSILON)
    throw complain(`epsilon is ${epsilon}; it must be at least ${LEAST_EPSILON}, or thresholds underflow`)
  if (!(p > 0 && Number.isFinite(p))) throw complain(`p is ${p}; it must be a number above 0`)
  // Weights of a prefix are fixed as rows arrive, by rows of their own chunk too: bounds by them would use later rows.
  if (policy === 'prefix' && p !== 2)
    throw complain(
      `p is ${p}; policy 'prefix' (causal) is for p = 2 in a summary: build causal sets of other p from files`,
    )
  if (!(Number.isSafeInteger(rowStart) && rowStart >= 0))
    throw complain(`rowStart is ${rowStart}; it must be a row id`)
}

/** Throws Option where row ids before `rowEnd` are no longer exact. */
export function requireExactIds(rowEnd: number): void {
  if (rowEnd <= Number.MAX_SAFE_INTEGER) return
  throw new LevError('Option', `row ids up to ${rowEnd} are above 2^53, where they are no longer exact`, {
    option: 'row-offset',
  })
}

/** Throws ShapeMismatch, and Content naming the first NaN or infinity of rows that begin at `rowStart`, and their count. */
export function requireFinite(
  rows: Float32Array | Float64Array,
  dim: number,
  input: InputName,
  rowStart = 0,
): void {
  if (rows.length % dim !== 0) {
    throw new LevError(
      'ShapeMismatch',
      `${counted(rows.length, 'number')}: not a whole number of rows of ${counted(dim, 'column')}`,
    )
  }
  if (firstNonFinite(rows) >= 0) throw nonFiniteIn(rows, dim, input, rowStart)
}

/** Throws Option where the state is a sketch: those take in rows only by their own pass over them. */
export function requireExact({ sketch }: Pick<SummaryState, 'sketch'>): void {
  if (!sketch) return
  const message = 'this summary is a sketch: build one of the new rows with --method sketch and merge both'
  throw new LevError('Option', message)
}
