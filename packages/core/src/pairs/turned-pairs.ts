import { Buffer } from 'node:buffer'
import { openFileSource } from '../files/byte-source.ts'
import { filePieces } from '../files/file-pieces.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { createTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts'
import { isLevError } from '../errors/errors.ts'
import { bufferOf } from '../formats/parquet-rows.ts'
import { CSV_ESTIMATE_HEADER, CSV_HEADER, CSV_INTERVAL_HEADER, type HeavyTextFormat } from './heavy-text.ts'
import { throwIfStopped } from '../errors/stopped.ts'

/** Pairs that another program compressed or saved as Parquet, in a temporary text. */
export interface TurnedPairs {
  readonly openPath: string
  readonly format: HeavyTextFormat
  /** Never throws. */
  remove(): void
}

/**
 * The pairs of a .csv.gz, .ndjson.gz or .parquet as a text in `folder`; undefined of any other name. Throws NotFound, Content, CannotWrite,
 * Aborted.
 */
export async function turnPairs(
  path: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<TurnedPairs | undefined> {
  const [, format] = /\.(csv|ndjson)\.gz$/i.exec(path) ?? []
  if (format === undefined && !/\.parquet$/i.test(path)) return undefined
  // Says what is wrong with a name before anything is made.
  openFileSource(path).close()
  const file = createTemporaryFile(path, folder)
  try {
    await (format === undefined ? writeLines(path, file, signal) : inflate(path, file, signal))
    file.close()
  } catch (error) {
    file.remove()
    throw error
  }
  return {
    openPath: file.path,
    format: format?.toLowerCase() === 'ndjson' ? 'ndjson' : 'csv',
    remove: () => file.remove(),
  }
}

async function inflate(path: string, file: TemporaryFile, signal: AbortSignal | undefined): Promise<void> {
  let position = 0
  for await (const piece of filePieces(path, path, { isGzip: true, signal })) {
    file.write(position, piece)
    position += piece.length
  }
}

const NAMES = CSV_HEADER.split(',')
/** What may stand behind them, the longest first. */
const LAYOUTS = [CSV_ESTIMATE_HEADER, CSV_INTERVAL_HEADER, CSV_HEADER].map((header) => header.split(','))

/** A row group at a time. */
async function writeLines(path: string, file: TemporaryFile, signal: AbortSignal | undefined): Promise<void> {
  const source = openFileSource(path)
  try {
    const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
    const { compressors } = await import('hyparquet-compressors')
    const bytes = bufferOf(source)
    const metadata = await parquetMetadataAsync(bytes)
    const columns = columnsOf(path, new Set(metadata.schema.slice(1).map(({ name }) => name)))
    let position = 0
    const write = (text: string) => {
      const piece = Buffer.from(text)
      file.write(position, piece)
      position += piece.length
    }
    write(`${columns.join(',')}\n`)
    let rowStart = 0
    for (const { num_rows: count } of metadata.row_groups) {
      throwIfStopped(signal, path, path)
      const rowEnd = rowStart + Number(count)
      const rows = await parquetReadObjects({ file: bytes, metadata, columns, rowStart, rowEnd, compressors })
      write(rows.map((row) => `${columns.map((name) => textOf(row[name])).join(',')}\n`).join(''))
      rowStart = rowEnd
    }
  } catch (cause) {
    if (isLevError(cause)) throw cause
    throw refusal('Content', path, 'damaged, or no Parquet file. Copy it again', {}, cause)
  } finally {
    source.close()
  }
}

/** Throws Content where a column of pairs is not there. */
function columnsOf(path: string, names: ReadonlySet<string>): string[] {
  const missing = NAMES.filter((name) => !names.has(name))
  if (missing.length > 0)
    throw badContent(
      path,
      `holds no heavy pairs: it has no column ${missing.join(', ')}; they are ${CSV_HEADER}`,
    )
  return LAYOUTS.find((layout) => layout.every((name) => names.has(name))) ?? NAMES
}

/** As the reader of texts takes it, which names what is none. */
function textOf(value: unknown): string {
  if (typeof value === 'number')
    return Number.isFinite(value) ? `${value}` : `${value}`.replace('Infinity', 'inf')
  return typeof value === 'bigint' ? `${value}` : ''
}
