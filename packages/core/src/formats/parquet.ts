import type { FileMetaData, SchemaElement } from 'hyparquet'
import { bytesOf } from '../files/elements.ts'
import type { ByteSource } from '../files/byte-source.ts'
import { openFileSource } from '../files/byte-source.ts'
import type { InputFile } from '../files/input-file.ts'
import { createTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { counted } from '../errors/counted.ts'
import { isLevError, LevError } from '../errors/errors.ts'
import { optionText } from '../arguments/option-text.ts'
import { chosenColumns, columnsText } from '../tables/column-choice.ts'
import type { TableOptions } from '../tables/table-head.ts'
import { latin1 } from '../foreign/signatures.ts'
import type { Format, Sight } from './format.ts'
import { npyHeader } from './npy-writer.ts'
import { singleArray, type StoredArray, type TurnedFile, type TurnedShape } from './stored-array.ts'

const MAGIC = 'PAR1'

/** Parquet: its numeric columns, read by hyparquet, a column of a row group at a time. */
export const parquetFormat: Format = {
  name: '.parquet',
  knows: ({ start }) => latin1(start.bytes, 0, MAGIC.length) === MAGIC,
  options: ['columns'],
  catalog: (sight, options) => singleArray(parquetArray(sight, options)),
}

function parquetArray({ file }: Sight, options: TableOptions): StoredArray {
  const { path, openPath, byteLength, mtimeMs } = file
  if (byteLength < 12 || latin1(file.bytes(byteLength - 4, 4), 0, 4) !== MAGIC)
    throw badContent(path, 'truncated, or no Parquet file: it does not end with PAR1. Copy it again')
  return {
    path,
    name: '',
    shape: [],
    dtypeName: 'a Parquet table',
    bigEndian: false,
    fortranOrder: false,
    offsetBytes: 0,
    availableBytes: 0,
    deflated: false,
    turning: {
      what: 'a Parquet file',
      turn: (folder, signal) =>
        withParquet({ path, openPath }, options, (table) => turn(table, folder, signal)),
      describe: () => withParquet({ path, openPath }, options, (table) => Promise.resolve(shapeOf(table))),
    },
    byteLength,
    mtimeMs,
  }
}

/** A column of the file. */
interface Column {
  readonly name: string
  /** Among all. */
  readonly index: number
  readonly isList: boolean
}

interface ParquetTable {
  readonly path: string
  readonly source: ByteSource
  readonly metadata: FileMetaData
  readonly columns: readonly Column[]
  readonly leftOut: string | undefined
}

/** Opens the file for the time of `use`. What the reader finds damaged is Content. */
async function withParquet<T>(
  { path, openPath }: Pick<InputFile, 'path' | 'openPath'>,
  options: TableOptions,
  use: (table: ParquetTable) => Promise<T>,
): Promise<T> {
  const source = openFileSource(openPath)
  try {
    const { parquetMetadataAsync } = await import('hyparquet')
    const metadata = await parquetMetadataAsync(bufferOf(source))
    return await use({ path, source, metadata, ...chosen(path, metadata, options) })
  } catch (cause) {
    if (isLevError(cause)) throw cause
    throw refusal(
      'Content',
      path,
      `damaged, or of a kind that is not read${reasonOf(cause)}. Copy it again, or save its numbers as .npy`,
      {},
      cause,
    )
  } finally {
    source.close()
  }
}

/** What the reader says, unless it stumbled. */
function reasonOf(cause: unknown): string {
  const isTold = cause instanceof Error && !(cause instanceof TypeError || cause instanceof RangeError)
  return isTold ? `: ${cause.message}` : ''
}

/** As hyparquet reads files. */
function bufferOf(source: ByteSource) {
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

/** What pandas keeps of an index: no column of the table. */
const INDEX = /^__index_level_\d+__$/
/** Names listed in a message. */
const LISTED = 8

function chosen(
  path: string,
  { schema }: FileMetaData,
  { columns: typed }: TableOptions,
): Pick<ParquetTable, 'columns' | 'leftOut'> {
  const fields = fieldsOf(schema)
  const names = fields.map(({ name }) => name)
  if (typed !== undefined) {
    const columns = chosenColumns(path, names, names.length, typed).map((at) => fields[at])
    const other = columns.find(({ why }) => why !== undefined)
    if (other === undefined) return { columns, leftOut: undefined }
    throw badContent(
      path,
      `column ${other.name} is ${other.why}; numbers are read. Leave it out of ${optionText('columns')}`,
    )
  }
  const columns = fields.filter(({ name, why }) => why === undefined && !INDEX.test(name))
  const others = fields.filter((field) => !columns.includes(field))
  if (columns.length === 0)
    throw badContent(
      path,
      `has no column of numbers: ${others
        .map(({ name, why }) => `${name} is ${why}`)
        .slice(0, LISTED)
        .join(', ')}`,
    )
  if (others.length === 0) return { columns, leftOut: undefined }
  const listed = others.slice(0, LISTED).map(({ name, why = 'an index' }) => `${name} (${why})`)
  const more = others.length > LISTED ? ` and ${others.length - LISTED} more` : ''
  return { columns, leftOut: `${counted(others.length, 'column')} left out: ${listed.join(', ')}${more}` }
}

interface Field extends Column {
  /** Why it is none of numbers. */
  readonly why?: string
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
    fields.push({ name, index: i, isList, ...(why === undefined ? {} : { why }) })
  }
  return fields
}

const INTEGERS = /^(?:U?INT_(?:8|16|32|64))$/

/** What a column of this type is, where it is none of numbers. */
function otherThanNumber({
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): string | undefined {
  if (type === 'FIXED_LEN_BYTE_ARRAY' && logical?.type === 'FLOAT16') return undefined
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return 'of DECIMAL: cast it to DOUBLE'
  if (type === 'INT96' || /^(?:DATE|TIME)/.test(converted ?? logical?.type ?? '')) return 'of dates or times'
  if (type === 'BOOLEAN' || type === 'FLOAT' || type === 'DOUBLE') return undefined
  const isInteger =
    (type === 'INT32' || type === 'INT64') && (converted === undefined || INTEGERS.test(converted))
  return isInteger && (logical === undefined || logical.type === 'INTEGER') ? undefined : 'text or bytes'
}

function shapeOf({ metadata, columns, leftOut }: ParquetTable): TurnedShape {
  return { rows: Number(metadata.num_rows), columns: columns.map(({ name }) => name), leftOut }
}

/** Column-major: a column of a row group is what the reader holds, and what is written at once. */
async function turn(
  table: ParquetTable,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<TurnedFile> {
  const { path, leftOut, metadata } = table
  const rows = Number(metadata.num_rows)
  const file = createTemporaryFile(path, folder)
  try {
    const widths = await writeColumns(table, file, rows, signal)
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

/** Writes the columns one behind the other; how many of the matrix each has become. */
async function writeColumns(
  table: ParquetTable,
  file: TemporaryFile,
  rows: number,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const { parquetRead } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  const { path, source, metadata, columns } = table
  const widths: number[] = []
  let first = 0
  for (const column of columns) {
    let width = column.isList ? 0 : 1
    let rowStart = 0
    for (const group of metadata.row_groups) {
      if (signal?.aborted) throw new LevError('Aborted', `${path}: reading it was stopped`, { file: path })
      const rowEnd = rowStart + Number(group.num_rows)
      let done = rowStart
      let failure: unknown
      await parquetRead({
        file: bufferOf(source),
        metadata,
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
  readonly column: Column
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
      floats[i] = numberOf(value)
      if (Number.isNaN(floats[i])) throw badCell(table, column, row + i, value, width)
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

const LARGEST = 2n ** 53n

/** The Content error about a value that is no number that is read; `others`: the columns that are left without this one. */
function badCell(
  { path, columns }: Pick<ParquetTable, 'path' | 'columns'>,
  { name, index: column }: Column,
  row: number,
  value: unknown,
  width: number,
): LevError {
  const others = columns.flatMap(({ index }) => (index === column ? [] : [index]))
  const leaving =
    others.length === 0 ? '' : `, or leave the column out: ${optionText('columns', columnsText(others))}`
  const where = `row ${row}, column ${column} (${name})`
  if (value === undefined || value === null)
    return refusal(
      'Content',
      path,
      `${where} is null: a missing value. Every entry must be a number: remove or fill in such rows${leaving}`,
      { row, column },
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
    `${where} is ${String(value)}. Every entry must be a finite number: remove or replace such values${leaving}`,
    { row, column },
  )
}
