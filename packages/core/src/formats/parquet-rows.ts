import type { FileMetaData, SchemaElement } from 'hyparquet'
import { counted } from '../errors/counted.ts'
import type { ByteSource } from '../files/byte-source.ts'
import { bytesOf } from '../files/elements.ts'
import type { TellRead } from '../files/part-told.ts'
import { badContent } from '../files/refusal.ts'
import { createTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts'
import { npyHeader } from './npy-writer.ts'
import { badCell, isArrayLike, isMissing } from './parquet-bad-cell.ts'
import { decimalNumber, storedDecimals, storedInteger } from './parquet-decimal.ts'
import type { ParquetColumn } from './parquet-columns.ts'
import type { ParquetTable } from './parquet-table.ts'
import { ListWidth } from './parquet-lists.ts'
import type { TurnedFile } from './stored-array.ts'
import { throwIfStopped } from '../errors/stopped.ts'

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
/** Nulls that are written at once. */
const NULL_COUNT = 2 ** 16

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
    const lists = column.isList ? new ListWidth(table, column) : undefined
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
            const { columnData: values, rowStart: row } = chunk
            const position = HEADER_BYTES + 8 * first * rows
            const isFirst = lists?.width === 0
            if (isFirst) lists.see(values, row)
            const width = lists?.width ?? 1
            if (isFirst) writeNulls(file, position, width, row, rows)
            writeChunk({ table, column, width, row, values, file, position: position + 8 * row, rows })
            done += values.length
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
    if (rows > 0) lists?.requireSome()
    const width = lists?.width ?? 1
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

/** The null lists before the first list, `count` of them. */
function writeNulls(file: TemporaryFile, position: number, width: number, count: number, rows: number): void {
  for (let start = 0; start < count; start += NULL_COUNT) {
    const nulls = new Float64Array(Math.min(NULL_COUNT, count - start)).fill(NaN)
    for (let lane = 0; lane < width; lane++) file.write(position + 8 * (lane * rows + start), bytesOf(nulls))
  }
}

function laneOf(value: unknown, lane: number, width: number): unknown {
  return isArrayLike(value) && value.length === width ? value[lane] : value
}

/** NaN of what is no number that float64 holds exactly. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : NaN
  if (typeof value === 'bigint') return value >= -LARGEST && value <= LARGEST ? Number(value) : NaN
  return typeof value === 'boolean' ? Number(value) : NaN
}

const LARGEST = 2n ** 53n
