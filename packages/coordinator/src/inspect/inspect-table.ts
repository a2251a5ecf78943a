import {
  type ArrayDescription,
  fileWord,
  holdsText,
  isRead,
  type OpenOptions,
  type TableColumn,
} from '@levattention/core/internal'

/** A column of a table, and what it holds. */
export interface InspectedColumn extends Pick<TableColumn, 'index' | 'name' | 'missing'> {
  /** It is one of the matrix that `use` makes, or may be. */
  readonly isNumeric: boolean
  /** In words. */
  readonly holds: string
}

/** How a table is to be read, as far as it was said. */
export type TableReading = Pick<OpenOptions, 'columns' | 'header' | 'id'>

/** Its columns. `rows`: how many there are. */
export function inspectedColumns(
  table: readonly TableColumn[],
  rows: number,
  { id }: TableReading,
): InspectedColumn[] {
  return table.map((column) => {
    const { index, name, missing } = column
    const namesRows = id !== undefined && (name === id || `${index}` === id)
    const holds = holdsText(column, rows)
    return {
      index,
      name,
      ...(missing !== undefined && { missing }),
      isNumeric: isRead(column),
      holds: namesRows ? `${holds}; names the rows` : holds,
    }
  })
}

/** Names of columns that are shown. */
const SHOWN_COLUMNS = 12

/** What to type to use the table at `path`, or why it cannot be used. */
export function useOfTable(
  { columns = [], leftOut, dtype, choice, naming, namingBeside, advice }: ArrayDescription,
  path: string,
  { columns: typed, header, id }: TableReading,
): string {
  const said = `${header === undefined ? '' : ` --header ${header}`}${id === undefined ? '' : ` --id ${fileWord(id)}`}`
  const turned = 'turned into a temporary file first'
  if (choice !== undefined && advice !== undefined) return advice
  if (choice === '')
    return 'none of its columns holds numbers throughout: fill in what is missing, or remove such rows'
  if (choice !== undefined) {
    const named =
      naming && ` or, where column ${naming} names the rows, --keys ${fileWord(path)}${said} --id ${naming}`
    const beside = namingBeside && `, and --id ${namingBeside} where that column names the rows`
    return `--keys ${fileWord(path)}${said} --columns ${choice}${named ?? beside ?? ''} (${turned})`
  }
  const shown = columns.slice(0, SHOWN_COLUMNS).join(', ')
  const more = columns.length > SHOWN_COLUMNS ? ` and ${columns.length - SHOWN_COLUMNS} more` : ''
  const names = dtype.startsWith('a sparse') ? '' : `columns ${shown}${more}; `
  const others = leftOut === undefined ? '' : `${leftOut}; `
  const chosen = typed === undefined ? '' : ` --columns ${fileWord(typed)}`
  return `--keys ${fileWord(path)}${said}${chosen} (${names}${others}${turned})`
}
