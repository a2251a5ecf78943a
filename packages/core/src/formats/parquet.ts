import { isLevError } from '../errors/errors.ts'
import { openFileSource } from '../files/byte-source.ts'
import type { InputFile } from '../files/input-file.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { latin1 } from '../foreign/signatures.ts'
import { columnOnly, columnsText, fieldIn } from '../tables/column-choice.ts'
import type { TableOptions } from '../tables/table-head.ts'
import type { Format, Sight } from './format.ts'
import { parquetColumns } from './parquet-columns.ts'
import { parquetNames } from './parquet-names.ts'
import { bufferOf, turnParquet } from './parquet-rows.ts'
import type { ParquetTable } from './parquet-table.ts'
import {
  singleArray,
  type StoredArray,
  type TurnedShape,
  type Turning,
  WITHOUT_PLACES,
} from './stored-array.ts'

const MAGIC = 'PAR1'

/** `isWide`: of any number of columns. */
type ParquetOptions = TableOptions & { readonly isWide?: boolean }

/** Parquet: its numeric columns, read by hyparquet, a column of a row group at a time. */
export const parquetFormat: Format = {
  name: '.parquet',
  knows: ({ first }) => latin1(first, 0, MAGIC.length) === MAGIC,
  options: ['columns', 'id', 'weightColumn', 'weighing', 'missing'],
  catalog: (sight, options) => ({
    ...singleArray(parquetArray(sight, options)),
    column: (name) => ({ ...parquetArray(sight, columnOnly(sight.file.path, name, options)), name }),
  }),
}

function parquetArray({ file }: Sight, options: TableOptions): StoredArray {
  const { path, openPath, byteLength, mtimeMs } = file
  if (byteLength < 12 || latin1(file.bytes(byteLength - 4, 4), 0, 4) !== MAGIC)
    throw badContent(path, 'truncated, or no Parquet file: it does not end with PAR1. Copy it again')
  const turning = (reading: ParquetOptions): Turning => ({
    what: 'a Parquet file',
    turn: (folder, signal, tell) =>
      withParquet({ path, openPath }, reading, (table) => turnParquet(table, folder, signal, tell)),
    columnNames: () =>
      withParquet({ path, openPath }, reading, (table) =>
        Promise.resolve({
          names: table.columns.map(({ name }) => name),
          places: table.columns.map(({ index }) => index),
        }),
      ),
    holdsUnasked: (column) =>
      withParquet({ path, openPath }, reading, ({ columns, table }) => {
        const names = table.map(({ name }) => name)
        const field = fieldIn(names, names.length, column)
        return Promise.resolve(
          (reading.columns ?? reading.column) === undefined && columns.some(({ index }) => index === field),
        )
      }),
    describe: () => withParquet({ path, openPath }, reading, (table) => Promise.resolve(shapeOf(table))),
    ...(options.id !== undefined && {
      rowNames: (signal) => rowNamesOf({ path, openPath }, options, signal),
    }),
  })
  return {
    path,
    ...WITHOUT_PLACES,
    dtypeName: 'a Parquet table',
    turning: { ...turning(options), wide: turning({ ...options, isWide: true }) },
    byteLength,
    mtimeMs,
  }
}

async function* rowNamesOf(
  file: Pick<InputFile, 'path' | 'openPath'>,
  options: TableOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly string[], void, void> {
  const groups = await withParquet(file, options, ({ metadata }) =>
    Promise.resolve(metadata.row_groups.length),
  )
  for (let group = 0; group < groups; group++)
    yield await withParquet(file, options, (table) => parquetNames(table, group, signal))
}

/** Opens the file for the time of `use`. What the reader finds damaged is Content. */
async function withParquet<T>(
  { path, openPath }: Pick<InputFile, 'path' | 'openPath'>,
  options: ParquetOptions,
  use: (table: ParquetTable) => Promise<T>,
): Promise<T> {
  const source = openFileSource(openPath)
  try {
    const { parquetMetadataAsync } = await import('hyparquet')
    const metadata = await parquetMetadataAsync(bufferOf(source))
    const isVector = options.isVector === true || options.column !== undefined
    const keepsMissing = options.missing === 'nan'
    return await use({
      path,
      source,
      metadata,
      isVector,
      keepsMissing,
      weighing: options.weighing,
      ...parquetColumns(path, metadata, options),
    })
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

function shapeOf({ metadata, columns, table, leftOut }: ParquetTable): TurnedShape {
  const read = columns.filter(({ index }) => (table[index].missing ?? 0) === 0)
  return {
    rows: Number(metadata.num_rows),
    columns: read.map(({ name }) => name),
    table,
    ...(read.length < columns.length && { choice: columnsText(read.map(({ index }) => index)) }),
    leftOut,
  }
}
