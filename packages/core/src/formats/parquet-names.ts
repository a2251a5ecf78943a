import { bufferOf } from './parquet-rows.ts'
import type { ParquetTable } from './parquet-table.ts'
import { throwIfStopped } from '../errors/stopped.ts'

/** The names of the rows of one row group, as text. Throws Content where the column is nested, Aborted. */
export async function parquetNames(
  { path, source, metadata, idColumn = '' }: ParquetTable,
  group: number,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  throwIfStopped(signal, path, path)
  const { parquetReadObjects } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  const counts = metadata.row_groups.map(({ num_rows }) => Number(num_rows))
  const rowStart = counts.slice(0, group).reduce((sum, count) => sum + count, 0)
  const rows = await parquetReadObjects({
    file: bufferOf(source),
    metadata,
    columns: [idColumn],
    rowStart,
    rowEnd: rowStart + counts[group],
    compressors,
  })
  return rows.map((row) => nameOf(row[idColumn]))
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : `${value as number | bigint | boolean}`
}
