import { gunzipSync, constants } from 'node:zlib'
import { filePieces } from '../files/file-pieces.ts'
import type { InputFile } from '../files/input-file.ts'
import { requireSameFile } from '../files/watched-file.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { isByName } from '../foreign/name-look.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import { withoutLastLines } from '../tables/line-ranges.ts'
import { readTable } from '../tables/read-table.ts'
import { readRowNames } from '../tables/row-names.ts'
import { HEAD_BYTES, type TableHead, tableHead, type TableOptions } from '../tables/table-head.ts'
import type { Format, Sight } from './format.ts'
import { singleArray, type StoredArray, type TurnedFile, WITHOUT_PLACES } from './stored-array.ts'
import { TurnedRows } from './turned-rows.ts'

/** Names of tables: text that shows no rows of one length is read as one all the same, to say where it has none. */
const EXTENSIONS = ['.csv', '.tsv', '.csv.gz', '.tsv.gz']

/** Compressed bytes that are inflated to see the first lines. */
const COMPRESSED_BYTES = 2 ** 18

/** Text in rows of fields: separated by commas, tabs, semicolons or blanks; as it is, or compressed by gzip. */
export const tableFormat: Format = {
  name: '.csv, .tsv (.gz too)',
  knows({ look: lookAt, extension }) {
    const look = lookAt()
    if (look === undefined) return false
    if (look.holds === 'table' || look.holds === 'table.gz') return true
    return EXTENSIONS.includes(extension) && (look.holds === 'text' || look.holds === 'text.gz')
  },
  // Too short to be known by its content.
  claims: ({ extension, file }) => EXTENSIONS.includes(extension) && file.byteLength > 0,
  options: ['columns', 'header', 'id'],
  catalog: (sight, options) => singleArray(tableArray(sight, options)),
}

function tableArray({ file, look, extension }: Sight, options: TableOptions): StoredArray {
  const { path, openPath, byteLength, mtimeMs } = file
  const seen = look()
  const isGzip = seen?.holds?.endsWith('.gz') ?? false
  const isSeen = seen !== undefined && !isByName(seen)
  if (!isSeen && extension.endsWith('.gz'))
    throw badContent(path, 'no gzip, whatever its name says. Copy it again')
  const bytes = isGzip ? inflatedStart(file) : file.bytes(0, Math.min(HEAD_BYTES, byteLength))
  if (bytes.subarray(0, 2 ** 16).includes(0))
    throw badContent(
      path,
      isSeen
        ? `${seen.what} in UTF-16 or UTF-32; save it in UTF-8`
        : 'no text, whatever its name says: it has zero bytes. Copy it again, or name what it is',
    )
  const head = tableHead(path, bytes, !isGzip && bytes.length === byteLength, options)
  if (head.cols > MAX_COLS) throw badContent(path, `${head.cols} columns; from 1 to ${MAX_COLS} are served`)
  const what = isGzip ? `compressed by gzip (inside: ${head.what})` : head.what
  const from = { path, openPath, byteLength, mtimeMs, isGzip }
  const { separator, slots, cols, names, linesBefore, dataStart: start } = head
  const isPlain = !isGzip && !head.isQuoted
  return {
    path,
    ...WITHOUT_PLACES,
    dtypeName: what,
    turning: {
      what,
      table: isPlain
        ? withoutLastLines({ path, openPath, separator, slots, cols, names, linesBefore, start })
        : undefined,
      turn: (folder, signal) => turn(from, head, folder, signal),
      describe: async (signal) => ({ rows: await rowCount(from, head, signal), columns: head.columns }),
      ...(head.idField !== undefined && { rowNames: (signal) => namesOfRows(from, head, signal) }),
    },
    byteLength,
    mtimeMs,
  }
}

function inflatedStart(file: InputFile): Uint8Array {
  const compressed = file.bytes(0, Math.min(COMPRESSED_BYTES, file.byteLength))
  try {
    return gunzipSync(compressed, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, HEAD_BYTES)
  } catch (cause) {
    throw refusal('Content', file.path, 'damaged: it cannot be inflated. Copy it again', {}, cause)
  }
}

interface TableFile {
  readonly path: string
  readonly openPath: string
  readonly byteLength: number
  readonly mtimeMs: number
  readonly isGzip: boolean
}

async function turn(
  file: TableFile,
  head: TableHead,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<TurnedFile> {
  const rows = new TurnedRows(file.path, folder, head.cols)
  try {
    await rowsOf(file, head, signal, (values) => rows.append(values))
    return { path: rows.path, byteLength: rows.finish() }
  } catch (error) {
    rows.remove()
    throw error
  }
}

async function rowCount(file: TableFile, head: TableHead, signal: AbortSignal | undefined): Promise<number> {
  return await rowsOf(file, head, signal, () => undefined)
}

async function* namesOfRows(
  file: TableFile,
  head: TableHead,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly string[], void, void> {
  const { path, openPath, isGzip } = file
  const pieces = filePieces(path, openPath, { start: head.dataStart, isGzip, signal })
  yield* readRowNames(pieces, path, head)
  requireSameFile({ ...file, inflatedPath: openPath })
}

async function rowsOf(
  { path, openPath, isGzip }: TableFile,
  head: TableHead,
  signal: AbortSignal | undefined,
  take: (values: Float64Array) => void,
): Promise<number> {
  const pieces = filePieces(path, openPath, { start: head.dataStart, isGzip, signal })
  return await readTable(pieces, { path, ...head }, take)
}
