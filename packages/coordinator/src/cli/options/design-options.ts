import { LevError } from '@levattention/core/internal'
import { flagOption, textOption } from './option.ts'

/** What makes a design matrix of a table: of the commands that score its rows. */
export const designOptions = {
  intercept: flagOption(
    'Put a column of ones in front: leverage is then the hat value of a linear model with an intercept',
  ),
  weights: textOption(
    'FILE',
    'One number a row (.npy): each row, its 1 too, is scaled by the root of its weight, as in weighted least squares',
  ),
}

/** The column of a table that names its rows. */
export const idOption = textOption(
  'COLUMN',
  'Of a table (.csv, .tsv, .parquet): the column, by name or number, that names the rows; it is none of the numbers',
)

/** Throws Option where they are given beside heads: these are no table. */
export function requireNoDesign(values: {
  intercept: boolean
  weights?: string | undefined
  id?: string | undefined
}): void {
  const { intercept, weights, id } = values
  const option = intercept
    ? 'intercept'
    : weights !== undefined
      ? 'weights'
      : id !== undefined
        ? 'id'
        : undefined
  if (option === undefined) return
  const message = `--${option} is about the rows of one table; leave it out, or --heads`
  throw new LevError('Option', message, { option })
}
