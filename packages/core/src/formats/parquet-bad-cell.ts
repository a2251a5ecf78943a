import { optionText } from '../arguments/option-text.ts'
import type { ErrorPlace, LevError } from '../errors/errors.ts'
import { listText } from '../errors/list-text.ts'
import { refusal } from '../files/refusal.ts'
import { columnsText, fieldIn } from '../tables/column-choice.ts'
import { oneColumnAdvice, type TableColumn } from '../tables/table-column.ts'
import type { ParquetColumn } from './parquet-columns.ts'
import type { ParquetTable } from './parquet-table.ts'

export function isMissing(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value)
}

/** The Content error about a value that is no number that is read, with the columns that are left without this one and those with nulls. */
export function badCell(
  parquet: ParquetTable,
  { name, index: column }: ParquetColumn,
  row: number,
  value: unknown,
  width: number,
): LevError {
  const { path, columns, table, isVector, metadata } = parquet
  const leaving = leavingText(parquet, column)
  const where = `row ${row}, column ${column} (${name})`
  // No row is left where a column of the matrix is empty.
  const helps = !isVector && !columns.some(({ index }) => table[index].missing === Number(metadata.num_rows))
  const remedy: ErrorPlace = helps && isMissing(value) ? { remedy: { kind: 'missing' } } : {}
  if (value === undefined || value === null)
    return refusal(
      'Content',
      path,
      `${where} is null: a missing value. Every entry must be a number: remove or fill in such rows${leaving}${nullsText(columns, table)}`,
      { row, column, ...remedy },
    )
  if (isArrayLike(value))
    return refusal(
      'Content',
      path,
      `${where} is a list of ${value.length}, and others have ${width}: lists of one length are read${leaving}`,
      { row, column },
    )
  if (typeof value === 'bigint')
    return refusal(
      'Content',
      path,
      `${where} is ${value}, beyond 2^53 in magnitude, where float64 does not tell neighbours apart${leaving}`,
      { row, column },
    )
  return refusal(
    'Content',
    path,
    `${where} is ${typeof value === 'number' ? value : typeof value}. Every entry must be a finite number: remove or replace such values${leaving}${isMissing(value) ? nullsText(columns, table) : ''}`,
    { row, column, ...remedy },
  )
}

/** The Content error about a column of lists of which none has a number. */
export function noLists(
  parquet: ParquetTable,
  { name, index }: ParquetColumn,
  what: 'empty' | 'null' | 'empty or null',
): LevError {
  const said = `column ${index} (${name}) has no list with a number: every one is ${what}`
  return refusal('Content', parquet.path, `${said}${leavingText(parquet, index)}`, { column: index })
}

/** How to do without `column`; '' where no other is. */
function leavingText(parquet: ParquetTable, column: number): string {
  const { path, columns, table, isVector, weighing } = parquet
  if (isVector) return oneColumnAdvice(path, table, ({ index }) => index !== column)
  const names = table.map(({ name }) => name)
  const without = [column, fieldIn(names, names.length, weighing)]
  const others = columns
    .map(({ index }) => index)
    .filter((index) => !without.includes(index) && (table[index].missing ?? 0) === 0)
  return others.length === 0 ? '' : `, or leave the column out: ${optionText('columns', columnsText(others))}`
}

/** Which columns have nulls, by the counts that the file states; '' where it states none. */
function nullsText(columns: readonly ParquetColumn[], table: readonly TableColumn[]): string {
  const found = columns.flatMap(({ index, name }) => {
    const { missing = 0 } = table[index]
    return missing > 0 ? [`${missing} in column ${name}`] : []
  })
  return found.length === 0 ? '' : `. In all, there are nulls: ${listText(found)}`
}

export function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}
