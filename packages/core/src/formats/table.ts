import { gunzipSync, constants } from 'node:zlib'
import { filePieces } from '../files/file-pieces.ts'
import type { InputFile } from '../files/input-file.ts'
import type { TellRead } from '../files/part-told.ts'
import { requireSameFile } from '../files/watched-file.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { GZIP } from '../foreign/look.ts'
import { shortText } from '../foreign/text-look.ts'
import { isByName } from '../foreign/name-look.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import { withoutLastLines } from '../tables/line-ranges.ts'
import { columnOnly, columnsText, fieldIn } from '../tables/column-choice.ts'
import {
  adviseColumns,
  chosenOf,
  commaLine,
  withoutCommas,
  rowNumbersError,
} from '../tables/column-errors.ts'
import { surveyTable, type TableSurvey } from '../tables/column-survey.ts'
import { readTable } from '../tables/read-table.ts'
import { columnWord, isRead, namingBeside, namingColumn, type TableColumn } from '../tables/table-column.ts'
import { readRowNames } from '../tables/row-names.ts'
import { HEAD_BYTES, type TableHead, tableHead, type TableOptions } from '../tables/table-head.ts'
import type { Format, Sight } from './format.ts'
import { requireServedCols } from './served-cols.ts'
import {
  singleArray,
  type StoredArray,
  type Turning,
  type TurnedFile,
  type TurnedShape,
  WITHOUT_PLACES,
} from './stored-array.ts'
import { TurnedRows } from './turned-rows.ts'

/** Names of tables: text that shows no rows of one length is read as one all the same, to say where it has none. */
const EXTENSIONS = ['.csv', '.tsv', '.csv.gz', '.tsv.gz']

/** Names of files in which one line of names is a table without rows. */
const NAMED = [...EXTENSIONS, '.txt', '.txt.gz']

const LINE_FEED = 0x0a

/** Compressed bytes that are inflated to see the first lines. */
const COMPRESSED_BYTES = 2 ** 18

/** Text in rows of fields: separated by commas, tabs, semicolons or blanks; as it is, or compressed by gzip. */
export const tableFormat: Format = {
  name: '.csv, .tsv (.gz too)',
  knows({ look: lookAt, extension }) {
    const look = lookAt()
    if (look === undefined) return false
    if (look.holds === 'table' || look.holds === 'table.gz') return true
    if (look.holds === 'names' || look.holds === 'names.gz') return NAMED.includes(extension)
    if (!EXTENSIONS.includes(extension)) return false
    // A few short lines look like nothing: the name counts then, compressed as well.
    const isUnknownInside = extension.endsWith('.gz') && look.what === GZIP
    return look.holds === 'text' || look.holds === 'text.gz' || isUnknownInside
  },
  // Too short to be known by its content.
  claims: ({ extension, file, start }) =>
    (EXTENSIONS.includes(extension) && file.byteLength > 0) ||
    (extension === '.txt' && shortText(start())?.holds === 'table'),
  options: ['columns', 'header', 'id', 'weightColumn', 'weighing', 'missing'],
  catalog: (sight, options) => ({
    ...singleArray(tableArray(sight, options)),
    column: (name) => ({ ...tableArray(sight, columnOnly(sight.file.path, name, options)), name }),
  }),
}

function tableArray({ file, look, extension }: Sight, options: TableOptions): StoredArray {
  const { path, openPath, byteLength, mtimeMs } = file
  const seen = look()
  const isGzip = (seen?.holds?.endsWith('.gz') ?? false) || seen?.what === GZIP
  const isSeen = seen !== undefined && !isByName(seen)
  if (!isSeen && extension.endsWith('.gz'))
    throw badContent(path, 'no gzip, whatever its name says. Copy it again')
  const bytes = isGzip ? inflatedStart(file) : file.bytes(0, Math.min(HEAD_BYTES, byteLength))
  requireNoZeros(path, bytes.subarray(0, 2 ** 16), isSeen ? seen.what : undefined)
  const head = tableHead(path, bytes, !isGzip && bytes.length === byteLength, options)
  const what = isGzip ? `compressed by gzip (inside: ${head.what})` : head.what
  const from = { path, openPath, byteLength, mtimeMs, isGzip }
  const { separator, slots, cols, names, keepsMissing, linesBefore, dataStart: start } = head
  const isWide = head.cols > MAX_COLS
  const isPlain = !isWide && !isGzip && !head.isQuoted && !head.hasRowNumbers
  const turning: Turning = {
    what,
    columnNames:
      names.length === 0 ? undefined : () => Promise.resolve({ names: head.columns, places: placesOf(head) }),
    holdsUnasked: (column) => {
      const field = fieldIn(names, slots.length, column)
      return Promise.resolve(!head.hasChoice && field !== undefined && slots[field] >= 0)
    },
    table: isPlain
      ? withoutLastLines({
          path,
          openPath,
          separator,
          slots,
          cols,
          names,
          keepsMissing,
          linesBefore,
          start,
        })
      : undefined,
    turn: (folder, signal, tell) => turn(from, head, folder, signal, tell),
    describe: async (signal) => shapeOf(from, head, await survey(from, head, signal)),
    explain: (error, signal) => explained(error, from, head, signal),
    ...(head.idField !== undefined && { rowNames: (signal) => namesOfRows(from, head, signal) }),
  }
  return {
    path,
    ...WITHOUT_PLACES,
    dtypeName: what,
    turning: isWide ? { ...turning, ...refusedWide(path, what, head.cols), wide: turning } : turning,
    byteLength,
    mtimeMs,
  }
}

/** What a table of more columns than are served says in place of being turned. */
function refusedWide(path: string, what: string, cols: number): Pick<Turning, 'turn' | 'describe'> {
  const refuse = async () => {
    await Promise.resolve()
    requireServedCols(path, what, cols)
    throw new RangeError(`${cols} columns are served`)
  }
  return { turn: refuse, describe: refuse }
}

/** [columns of the matrix]: which fields they are. */
function placesOf({ slots, cols }: TableHead): number[] {
  return Array.from({ length: cols }, (_, slot) => slots.indexOf(slot))
}

function inflatedStart(file: InputFile): Uint8Array {
  const compressed = file.bytes(0, Math.min(COMPRESSED_BYTES, file.byteLength))
  try {
    return gunzipSync(compressed, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, HEAD_BYTES)
  } catch (cause) {
    throw refusal('Content', file.path, 'damaged: it cannot be inflated. Copy it again', {}, cause)
  }
}

/** Throws Content where the beginning of a text, which is `what` by its content, has zero bytes. */
function requireNoZeros(path: string, bytes: Uint8Array, what: string | undefined): void {
  const first = bytes.indexOf(0)
  if (first < 0) return
  const count = bytes.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0)
  const isMarked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (what !== undefined && (isMarked || count >= bytes.length / 4))
    throw badContent(path, `${what} in UTF-16 or UTF-32; save it in UTF-8`)
  if (what === undefined && count >= bytes.length / 4)
    throw badContent(
      path,
      'no text, whatever its name says: it has zero bytes. Copy it again, or name what it is',
    )
  const line = bytes.subarray(0, first).reduce((sum, byte) => sum + (byte === LINE_FEED ? 1 : 0), 1)
  const found = count === 1 ? 'a zero byte' : `${count} zero bytes, the first`
  throw badContent(
    path,
    `${found} in line ${line}, and text has none: damaged, or not written to its end? Copy it again`,
  )
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
  tell: TellRead | undefined,
): Promise<TurnedFile> {
  if (head.hasRowNumbers) throw await rowNumbersError(ofTable(file, head, signal))
  const rows = new TurnedRows(file.path, folder, head.cols)
  try {
    await rowsOf(file, head, { signal, tell }, (values) => rows.append(values))
    return { path: rows.path, byteLength: rows.finish() }
  } catch (error) {
    rows.remove()
    throw await explained(error, file, head, signal)
  }
}

/** What all rows of the table hold. Throws Content as `surveyTable`. */
async function survey(
  { path, openPath, isGzip }: TableFile,
  head: TableHead,
  signal: AbortSignal | undefined,
): Promise<TableSurvey> {
  const pieces = filePieces(path, openPath, { start: head.dataStart, isGzip, signal })
  return await surveyTable(pieces, { path, ...head })
}

async function explained(
  error: unknown,
  file: TableFile,
  head: TableHead,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  return await adviseColumns(error, ofTable(file, head, signal))
}

function ofTable(file: TableFile, head: TableHead, signal: AbortSignal | undefined) {
  return { path: file.path, head, isGzip: file.isGzip, survey: () => survey(file, head, signal) }
}

/** The matrix of the columns that can be read, and all columns. */
function shapeOf(file: TableFile, head: TableHead, { rows, columns }: TableSurvey): TurnedShape {
  const { slots, hasRowNumbers, idField } = head
  const isCounter = ({ index }: TableColumn) => hasRowNumbers && index === 0
  const chosen = chosenOf(columns, head)
  const read = chosen.filter((column) => isRead(column) && !isCounter(column))
  const naming = hasRowNumbers ? columns.slice(1).every(isRead) && columns[0] : namingColumn(chosen)
  const beside = hasRowNumbers ? undefined : namingBeside(chosen)
  const mayName = !head.hasChoice && idField === undefined
  const from = { path: file.path, head, isGzip: file.isGzip }
  const commas = withoutCommas(from, chosen)
  const remedy =
    commas === undefined
      ? chosen.length === 1
        ? commaLine(from, chosen[0])
        : undefined
      : `its numbers have commas. ${commas}`
  return {
    rows,
    columns: read.map(({ index }) => head.columns[slots[index]]),
    table: columns.map((column) =>
      isCounter(column) ? { ...column, what: 'row numbers, as a data frame has them' } : column,
    ),
    ...((hasRowNumbers || read.length < chosen.length) && {
      choice: columnsText(read.map(({ index }) => index)),
      ...(naming && mayName && { naming: columnWord(naming, columns) }),
      ...(beside && mayName && { namingBeside: columnWord(beside, columns) }),
      ...(remedy !== undefined && { remedy }),
    }),
  }
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
  { path, openPath, byteLength: total, isGzip }: TableFile,
  head: TableHead,
  { signal, tell }: { readonly signal: AbortSignal | undefined; readonly tell: TellRead | undefined },
  take: (values: Float64Array) => void,
): Promise<number> {
  const pieces = filePieces(path, openPath, {
    start: head.dataStart,
    isGzip,
    signal,
    ...(tell && { tell: (done: number) => tell({ done, total }) }),
  })
  return await readTable(pieces, { path, ...head }, take)
}
