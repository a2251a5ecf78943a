import type { FileMetaData, SchemaElement } from 'hyparquet'
import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { listText } from '../errors/list-text.ts'
import { badContent } from '../files/refusal.ts'
import { requireServedCols } from './served-cols.ts'
import {
  chosenColumns,
  columnNamed,
  columnsText,
  oneFieldOf,
  requireNoWeights,
} from '../tables/column-choice.ts'
import type { TableColumn } from '../tables/table-column.ts'
import type { TableOptions } from '../tables/table-head.ts'
import { decimalScale } from './parquet-decimal.ts'
import { type PandasTold, pandasTold } from './parquet-pandas.ts'

/** A column of the file. */
export interface ParquetColumn {
  readonly name: string
  /** Among all. */
  readonly index: number
  readonly isList: boolean
  /** Of a DECIMAL: digits behind the point. */
  readonly scale?: number | undefined
}

/** The columns that are read, and what is said of others. */
export interface ChosenColumns {
  readonly columns: readonly ParquetColumn[]
  /** All of the file. */
  readonly table: readonly TableColumn[]
  readonly leftOut: string | undefined
  /** The column that names the rows, where one was asked for. */
  readonly idColumn?: string | undefined
}

const WHAT = 'a Parquet file'
/** Names listed in a message. */
const LISTED = 8

/** Those that `options` choose; else all of numbers. Throws Content (one that is none of numbers, none at all), Option. */
export function parquetColumns(
  path: string,
  metadata: FileMetaData,
  { columns: typed, id, weightColumn, column, isWide = false }: TableOptions & { readonly isWide?: boolean },
): ChosenColumns {
  const fields = fieldsOf(metadata.schema)
  const pandas = pandasTold(metadata)
  const table = fields.map((field) => described(field, metadata, pandas))
  const names = fields.map(({ name }) => name)
  const idColumn = id === undefined ? undefined : names[oneFieldOf(path, names, names.length, id, 'id')]
  const weighing =
    weightColumn === undefined
      ? undefined
      : oneFieldOf(path, names, names.length, weightColumn, 'weightColumn')
  const isAside = ({ name, index }: Field) => name === idColumn || index === weighing
  requireOwnNames(path, names)
  if (weighing !== undefined && fields[weighing].isList)
    throw badContent(path, `column ${names[weighing]} is of lists; a weight is one number a row`)
  if (column !== undefined) {
    const one = fields[columnNamed(path, names, names.length, column)]
    if (one.why !== undefined) throw badContent(path, `column ${one.name} is ${one.why}; numbers are read`)
    return { columns: [one], table, leftOut: undefined, idColumn }
  }
  if (typed !== undefined) {
    const chosen = chosenColumns(path, names, names.length, typed)
    requireNoWeights(path, names, chosen, weighing, typed)
    const columns = chosen.map((at) => fields[at])
    if (!isWide) requireServedCols(path, WHAT, columns.length)
    const other = columns.find(({ why }) => why !== undefined)
    if (other === undefined) return { columns, table, leftOut: durationsText(columns, pandas), idColumn }
    const left = columnsText(columns.filter(({ why }) => why === undefined).map(({ index }) => index))
    const advice = left === '' ? '' : `. Without such columns: ${optionText('columns', left)}`
    throw badContent(path, `column ${other.name} is ${other.why}; numbers are read${advice}`)
  }
  const columns = fields.filter(
    (field) => field.why === undefined && !pandas.isIndex(field.name) && !isAside(field),
  )
  if (!isWide && columns.length > 0) requireServedCols(path, WHAT, columns.length)
  const others = fields.filter((field) => !columns.includes(field) && !isAside(field))
  if (columns.length === 0)
    throw badContent(
      path,
      `has no column of numbers: ${others
        .map(({ name, why = 'an index' }) => `${name} is ${why}`)
        .slice(0, LISTED)
        .join(', ')}`,
    )
  const durations = durationsText(columns, pandas)
  if (others.length === 0) return { columns, table, leftOut: durations, idColumn }
  const listed = others.slice(0, LISTED).map(({ name, why = 'an index' }) => `${name} (${why})`)
  const more = others.length > LISTED ? ` and ${others.length - LISTED} more` : ''
  const leftOut = `${counted(others.length, 'column')} left out: ${listed.join(', ')}${more}`
  return { columns, table, leftOut: durations === undefined ? leftOut : `${leftOut}; ${durations}`, idColumn }
}

/** What pandas says of durations, which Parquet has no type for: they are integers. */
function durationsText(columns: readonly ParquetColumn[], { types }: PandasTold): string | undefined {
  const found = columns.flatMap(({ name }) => {
    const type = types.get(name) ?? ''
    return type.startsWith('timedelta') ? [`${name} (${type})`] : []
  })
  return found.length === 0 ? undefined : `durations read as whole numbers of their unit: ${listText(found)}`
}

/** What a column holds, by the schema, and by what was counted when it was written. */
function described(
  { name, index, why, isList, isFlag }: Field,
  metadata: FileMetaData,
  pandas: PandasTold,
): TableColumn {
  const counts = metadata.row_groups.map(
    ({ columns }) =>
      columns.find(({ meta_data: data }) => data?.path_in_schema[0] === name)?.meta_data?.statistics
        ?.null_count,
  )
  const isCounted = !isList && counts.every((count) => count !== undefined)
  const missing = isCounted ? { missing: counts.reduce((sum, count) => sum + Number(count), 0) } : {}
  if (why !== undefined) return { index, name, kind: 'text', what: why, ...missing }
  if (pandas.isIndex(name)) return { index, name, kind: 'number', what: 'an index', ...missing }
  return {
    index,
    name,
    kind: isFlag ? 'flag' : 'number',
    ...(isList && { what: 'lists of numbers' }),
    ...missing,
  }
}

/** Throws Content where two columns have one name: by that columns are read. */
function requireOwnNames(path: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw badContent(
    path,
    `several columns are named '${twice}', and here columns are read by their names: give each its own`,
  )
}

interface Field extends ParquetColumn {
  /** Why it is none of numbers. */
  readonly why?: string
  readonly isFlag: boolean
}

/** The columns of the table: of each the leaf that is read, or why none is. */
function fieldsOf(schema: readonly SchemaElement[]): Field[] {
  const fields: Field[] = []
  let at = 1
  const skip = (): SchemaElement[] => {
    const element = schema[at++]
    const below: SchemaElement[] = [element]
    for (let i = 0; i < (element.num_children ?? 0); i++) below.push(...skip())
    return below
  }
  for (let i = 0; i < (schema[0].num_children ?? 0); i++) {
    const parts = skip()
    const [{ name }] = parts
    const leaf = parts[parts.length - 1]
    const isList = parts.length > 1 || parts[0].repetition_type === 'REPEATED'
    const isPlain =
      parts.length === 1 ||
      (parts.length === 3 && parts[1].repetition_type === 'REPEATED') ||
      (parts.length === 2 && leaf.repetition_type === 'REPEATED')
    const why = isPlain ? otherThanNumber(leaf) : 'nested'
    fields.push({
      name,
      index: i,
      isList,
      isFlag: leaf.type === 'BOOLEAN',
      scale: decimalScale(leaf),
      ...(why === undefined ? {} : { why }),
    })
  }
  return fields
}

const INTEGERS = /^(?:U?INT_(?:8|16|32|64))$/

/** What a column of this type is, where it is none of numbers. */
function otherThanNumber(element: SchemaElement): string | undefined {
  const { type, converted_type: converted, logical_type: logical } = element
  if (decimalScale(element) !== undefined) return undefined
  if (type === 'FIXED_LEN_BYTE_ARRAY' && logical?.type === 'FLOAT16') return undefined
  if (logical?.type === 'NULL') return 'empty: every value is null'
  if (converted === 'INTERVAL') return 'of intervals'
  if (type === 'INT96' || /^(?:DATE|TIME)/.test(converted ?? logical?.type ?? '')) return 'of dates or times'
  if (type === 'BOOLEAN' || type === 'FLOAT' || type === 'DOUBLE') return undefined
  const isInteger =
    (type === 'INT32' || type === 'INT64') && (converted === undefined || INTEGERS.test(converted))
  return isInteger && (logical === undefined || logical.type === 'INTEGER') ? undefined : 'text or bytes'
}
