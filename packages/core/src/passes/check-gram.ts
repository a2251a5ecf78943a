import { isLevError } from '../errors/errors.ts'
import { requireGram } from '../validation/block-checks.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import { arrayOf, PartFault, recordOf, wholeNumber } from './part-checks.ts'

export const rowsIn = ({ rowStart, rowEnd }: RowRange): number => rowEnd - rowStart

/** Throws PartFault unless `value` can be the Gram [dim, dim] of `rowCount` rows, or of any number of them. */
export function checkGram(value: unknown, dim: number, rowCount?: number): Record<string, unknown> {
  const parts = recordOf(value, 'gram')
  const rows = wholeNumber(parts.rowCount, 'rowCount', rowCount ?? 0, rowCount)
  const depth = wholeNumber(parts.depth, 'depth', 0, 4 * rows + 64)
  const gram = arrayOf(parts.gram, Float64Array, 'gram', dim * dim)
  try {
    requireGram('the part', 'gram', gram, { dim, rowCount: rows, relTol: (depth + 2) * 2 ** -52 })
  } catch (error) {
    if (isLevError(error, 'Content'))
      throw new PartFault(error.message.replace(/^.*?: |; the file is not usable.*$/g, ''))
    throw error
  }
  return parts
}
