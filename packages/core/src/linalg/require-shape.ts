import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'

/** Throws LevError('ShapeMismatch') unless `array` holds exactly rowCount * columnCount numbers. */
export function requireShape(name: string, array: Float64Array, rowCount: number, columnCount: number): void {
  const valid =
    Number.isInteger(rowCount) && rowCount >= 0 && Number.isInteger(columnCount) && columnCount >= 0
  if (valid && array.length === rowCount * columnCount) return
  const message =
    `${name} holds ${counted(array.length, 'number')}; [${rowCount}, ${columnCount}] was expected. ` +
    `Pass a row-major Float64Array of exactly that shape.`
  throw new LevError('ShapeMismatch', message)
}
