import { counted, LevError, requireFloats } from '@levattention/core/internal'

/** `rows` of a call as an array of this realm. Throws ShapeMismatch where they are no rows of `dim` numbers. */
export function requireRows(call: string, rows: unknown, dim: number): Float32Array | Float64Array {
  const numbers = requireFloats(call, rows)
  if (numbers.length % dim === 0) return numbers
  const message = `${call}: ${counted(numbers.length, 'number')}: not a whole number of rows of ${counted(dim, 'column')}`
  throw new LevError('ShapeMismatch', message)
}
