import type { FileMetaData, SchemaElement } from 'hyparquet'
import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { type ErrorPlace, type LevError } from '../errors/errors.ts'
import { listText } from '../errors/list-text.ts'
import type { ByteSource } from '../files/byte-source.ts'
import { bytesOf } from '../files/elements.ts'
import type { TellRead } from '../files/part-told.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { createTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts'
import { columnsText } from '../tables/column-choice.ts'
import { oneColumnAdvice, type TableColumn } from '../tables/table-column.ts'
import { npyHeader } from './npy-writer.ts'
import { decimalNumber, storedDecimals, storedInteger } from './parquet-decimal.ts'
import type { ChosenColumns, ParquetColumn } from './parquet-columns.ts'
import type { TurnedFile } from './stored-array.ts'
import { throwIfStopped } from '../errors/stopped.ts'

/** A Parquet file that is open. */
export interface ParquetTable extends ChosenColumns {
  readonly path: string
  readonly source: ByteSource
  readonly metadata: FileMetaData
  /** One number a row is wanted, or one column was named. */
  readonly isVector: boolean
  /** Nulls are NaN, and NaN is read. */
  readonly keepsMissing: boolean
}

/** As hyparquet reads files. */
export function bufferOf(source: ByteSource) {
  return {
    byteLength: source.byteLength,
    slice(start: number, end = source.byteLength): ArrayBuffer {
      const [from, to] = [start, end].map((at) => (at < 0 ? source.byteLength + at : at))
      if (!(from >= 0 && from <= to && to <= source.byteLength))
        throw badContent(
          source.name,
          `truncated or damaged: it points to bytes ${from} to ${to}, and has ${source.byteLength}`,
        )
      const bytes = new Uint8Array(to - from)
      source.read(from, bytes)
      return bytes.buffer
    },
  }
}

/** Column-major: a column of a row group is what the reader holds, and what is written at once. */
export async function turnParquet(
  table: ParquetTable,
  folder: string,
  signal: AbortSignal | undefined,
  tell?: TellRead,
): Promise<TurnedFile> {
  const { path, leftOut, metadata } = table
  const rows = Number(metadata.num_rows)
  const file = createTemporaryFile(path, folder)
  try {
    const widths = await writeColumns(table, file, rows, signal, tell)
    const cols = widths.reduce((sum, width) => sum + width, 0)
    const header = npyHeader('<f8', [rows, cols], true)
    file.write(0, header)
    const byteLength = header.length + 8 * rows * cols
    file.extend(byteLength)
    file.close()
    return { path: file.path, byteLength, leftOut }
  } catch (error) {
    file.remove()
    throw error
  }
}

/** Bytes of the header of any matrix. */
const HEADER_BYTES = 128

/** The elements of the schema that make each column, by its name. */
function schemasOf([root, ...elements]: readonly SchemaElement[]): ReadonlyMap<string, SchemaElement[]> {
  const found = new Map<string, SchemaElement[]>()
  for (let at = 0; at < elements.length;) {
    let end = at + 1
    for (let left = elements[at].num_children ?? 0; left > 0; left--, end++)
      left += elements[end].num_children ?? 0
    found.set(elements[at].name, [{ ...root, num_children: 1 }, ...elements.slice(at, end)])
    at = end
  }
  return found
}

/** What is said of one column alone: the reader looks through all columns that there are, and of thousands that is long. */
function ofColumn(metadata: FileMetaData, schema: SchemaElement[]): FileMetaData {
  const name = schema.at(1)?.name
  const rowGroups = metadata.row_groups.map((group) => ({
    ...group,
    columns: group.columns.filter(({ meta_data: data }) => data?.path_in_schema[0] === name),
  }))
  return { ...metadata, schema, row_groups: rowGroups }
}

/** Writes the columns one behind the other; how many of the matrix each has become. */
async function writeColumns(
  table: ParquetTable,
  file: TemporaryFile,
  rows: number,
  signal: AbortSignal | undefined,
  tell: TellRead | undefined,
): Promise<number[]> {
  const { parquetRead } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  const { path, source, columns } = table
  const metadata = storedDecimals(table.metadata)
  const schemas = schemasOf(metadata.schema)
  const widths: number[] = []
  const total = columns.length * metadata.row_groups.length
  let [first, parts] = [0, 0]
  for (const column of columns) {
    let width = column.isList ? 0 : 1
    let rowStart = 0
    const own = ofColumn(metadata, schemas.get(column.name) ?? [])
    for (const group of metadata.row_groups) {
      throwIfStopped(signal, path, path)
      const rowEnd = rowStart + Number(group.num_rows)
      let done = rowStart
      let failure: unknown
      await parquetRead({
        file: bufferOf(source),
        metadata: own,
        columns: [column.name],
        rowStart,
        rowEnd,
        compressors,
        utf8: false,
        onChunk(chunk) {
          // What is thrown here would be lost.
          try {
            if (failure !== undefined) return
            const { columnData } = chunk
            if (columnData.length === 0) return
            if (column.isList && width === 0) width = lengthOf(columnData[0])
            writeChunk({
              table,
              column,
              width,
              row: chunk.rowStart,
              values: columnData,
              file,
              position: HEADER_BYTES + 8 * (first * rows + chunk.rowStart),
              rows,
            })
            done += columnData.length
          } catch (error) {
            failure = error
          }
        },
      })
      if (failure !== undefined) throw failure
      if (done !== rowEnd)
        throw badContent(
          path,
          `damaged: column ${column.name} has ${counted(done - rowStart, 'value')} in a row group of ${rowEnd - rowStart} rows`,
        )
      rowStart = rowEnd
      await tell?.({ done: ++parts, total })
    }
    if (rowStart !== rows)
      throw badContent(path, `damaged: its row groups have ${counted(rowStart, 'row')}, and it says ${rows}`)
    widths.push(width)
    first += width
  }
  return widths
}

interface Chunk {
  readonly table: ParquetTable
  readonly column: ParquetColumn
  /** Columns of the matrix that it becomes. */
  readonly width: number
  /** Of its first value. */
  readonly row: number
  readonly values: ArrayLike<unknown>
  readonly file: TemporaryFile
  readonly position: number
  readonly rows: number
}

function writeChunk({ table, column, width, row, values, file, position, rows }: Chunk): void {
  for (let lane = 0; lane < width; lane++) {
    const floats = new Float64Array(values.length)
    for (let i = 0; i < values.length; i++) {
      const value = column.isList ? laneOf(values[i], lane, width) : values[i]
      floats[i] = column.scale === undefined ? numberOf(value) : decimalNumber(value, column.scale)
      if (Number.isNaN(floats[i]) && !(table.keepsMissing && isMissing(value)))
        throw badCell(
          table,
          column,
          row + i,
          column.scale === undefined ? value : storedInteger(value),
          width,
        )
    }
    file.write(position + 8 * lane * rows, bytesOf(floats))
  }
}

function lengthOf(value: unknown): number {
  return isArrayLike(value) ? value.length : 1
}

function laneOf(value: unknown, lane: number, width: number): unknown {
  return isArrayLike(value) && value.length === width ? value[lane] : value
}

function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

/** NaN of what is no number that float64 holds exactly. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : NaN
  if (typeof value === 'bigint') return value >= -LARGEST && value <= LARGEST ? Number(value) : NaN
  return typeof value === 'boolean' ? Number(value) : NaN
}

/** Which columns have nulls, by the counts that the file states; '' where it states none. */
function nullsText(columns: readonly ParquetColumn[], table: readonly TableColumn[]): string {
  const found = columns.flatMap(({ index, name }) => {
    const { missing = 0 } = table[index]
    return missing > 0 ? [`${missing} in column ${name}`] : []
  })
  return found.length === 0 ? '' : `. In all there are nulls: ${listText(found)}`
}

const LARGEST = 2n ** 53n

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value)
}

/** The Content error about a value that is no number that is read, with the columns that are left without this one and those with nulls. */
function badCell(
  { path, columns, table, isVector, metadata }: ParquetTable,
  { name, index: column }: ParquetColumn,
  row: number,
  value: unknown,
  width: number,
): LevError {
  const others = columns
    .map(({ index }) => index)
    .filter((index) => index !== column && (table[index].missing ?? 0) === 0)
  const leaving = isVector
    ? oneColumnAdvice(path, table, ({ index }) => index !== column)
    : others.length === 0
      ? ''
      : `, or leave the column out: ${optionText('columns', columnsText(others))}`
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
      `${where} is a list of ${value.length}, and the first one has ${width}: lists of one length are read${leaving}`,
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
