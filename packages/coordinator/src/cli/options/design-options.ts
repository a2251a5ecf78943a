import { LevError } from '@levattention/core/internal'
import { flagOption, textOption } from './option.ts'

/** What makes a design matrix of a table: of the commands that score its rows. */
export const designOptions = {
  intercept: flagOption(
    'Put a column of ones in front: leverage is then the hat value of a linear model with an intercept',
  ),
  weights: textOption(
    'FILE',
    'One number a row (.npy, .csv, a column of a table: t.csv#w): each row, its 1 too, is scaled by w^(1/p), of p = 2 the root of its weight, as in weighted least squares',
  ),
  'weight-column': textOption(
    'COLUMN',
    'Of a table: the same from a column of its own, by name or number; it is none of the numbers',
  ),
}

/** Of rows that are not whole: of the commands that take keys as one matrix. */
export const missingOptions = {
  'drop-missing': flagOption(
    'Rows with a missing value (empty, NA, NaN, null) take no part; the others keep their ids, and the summary counts them',
  ),
}

/** Of weights, for a job. */
export function weightColumnOf(values: { 'weight-column'?: string | undefined }): {
  weightColumn?: string | undefined
} {
  return { weightColumn: values['weight-column'] }
}

/** Whether weights scale rows, as `designOptions` say. */
export function isWeighted(values: {
  weights?: string | undefined
  'weight-column'?: string | undefined
}): boolean {
  return (values.weights ?? values['weight-column']) !== undefined
}

/** Of `missingOptions`. `others`: options, by their names, with which no row is dropped. Throws Option where one of them is given. */
export function dropMissingOf(
  values: { 'drop-missing': boolean },
  others: Readonly<Record<string, unknown>>,
): { dropMissing: boolean } {
  const dropMissing = values['drop-missing']
  const other = givenOf(others)
  if (!dropMissing || other === undefined) return { dropMissing }
  const message =
    other === 'heads'
      ? '--drop-missing is about the rows of one matrix here: leave it out, or --heads; --skip-bad-heads leaves out heads that hold a NaN'
      : `--drop-missing reads the keys once more, not with --${other}; name the file that comes through the pipe, or save it as one`
  throw new LevError('Option', message, { option: 'drop-missing' })
}

/** The first of options that was given, by its name. */
export function givenOf(others: Readonly<Record<string, unknown>>): string | undefined {
  return Object.entries(others).find(([, value]) => value !== undefined && value !== false)?.[0]
}

/** Whether what is asked is about the rows of a table: an intercept, weights. */
export function isOfTable(values: {
  intercept: boolean
  weights?: string | undefined
  'weight-column'?: string | undefined
}): boolean {
  return values.intercept || isWeighted(values)
}

/** Throws Option where they are given beside heads: these are no table. */
export function requireNoDesign(values: {
  intercept: boolean
  weights?: string | undefined
  'weight-column'?: string | undefined
}): void {
  const { intercept, weights, 'weight-column': weightColumn } = values
  const option = intercept
    ? 'intercept'
    : weights !== undefined
      ? 'weights'
      : weightColumn !== undefined
        ? 'weight-column'
        : undefined
  if (option === undefined) return
  const message = `--${option} is about the rows of one table; leave it out, or --heads`
  throw new LevError('Option', message, { option })
}
