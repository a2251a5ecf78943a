import { extname } from 'node:path'
import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import { columnAdvice, elementAdvice } from './element-advice.ts'
import type { Look } from '../foreign/file-start.ts'
import { fileStart, foreignLook, foreignMessage } from '../foreign/foreign-advice.ts'
import { shortText } from '../foreign/text-look.ts'
import { isByName } from '../foreign/name-look.ts'
import { parseAddress, selectArray, type Selection } from './address.ts'
import type { Format, Sight } from '../formats/format.ts'
import {
  arrayLabel,
  arrayName,
  type ArrayCatalog,
  singleArray,
  type StoredArray,
  TRANSPOSED,
} from '../formats/stored-array.ts'
import type { InflatedMember } from '../files/inflate-member.ts'
import { withInputFile, type InputFile } from '../files/input-file.ts'
import { requireFloatArray } from './matrix-part.ts'
import { readNpyHeader } from '../formats/npy.ts'
import { describeRaw, rawLayout, type RawLayout, type RawOptions } from '../formats/raw.ts'
import { FORMATS } from '../formats/registry.ts'
import type { TableColumn } from '../tables/table-column.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { withBfloat16 } from './input-advice.ts'
import type { TableOptions } from '../tables/table-head.ts'

/** `dtype` (f16, bf16, f32, f64) with `cols`: a file of any name is read as raw, little-endian, row-major but for `order: 'F'`. */
export interface OpenOptions extends RawOptions {
  /** Of a table (.csv, .tsv, .parquet): its columns by name or by number from 0, in this order: `a,b,3:7` (3 to 6). Default: all. */
  readonly columns?: string | undefined
  /** Of a table: the column, by name or number, that names the rows; it is none of the matrix. */
  readonly id?: string | undefined
  /**
   * Of a table: the column, by name or number, with the weight of each row; it is none of the matrix, and nothing else is done with it:
   * `openMatrix` with this column as `columns` reads the weights for those who take them.
   */
  readonly weightColumn?: string | undefined
  /** Of a table: the column, as it stands behind '#', whose numbers weigh the rows: columns that messages propose are without it. */
  readonly weighing?: string | undefined
  /**
   * Of a table: 'nan' reads a cell that stands for a missing value (empty, NA, null ...) as NaN, for those who leave such rows out; by
   * default it is refused.
   */
  readonly missing?: 'nan' | undefined
  /** Of a .csv or .tsv: whether its first line names the columns. Default: told from what stands there. */
  readonly header?: 'yes' | 'no' | undefined
  /** What `inflateInput` made of this address: its rows are read from there. */
  readonly inflated?: InflatedMember | undefined
  /** Where the bytes lie that the address names: of what came through a pipe. */
  readonly spooled?: string | undefined
  /** Elements of two bytes and no float type are bfloat16: NumPy saves it as |V2, others its bits as integers. */
  readonly isBfloat16?: boolean | undefined
}

/** One array of a file, for `inspect`. */
export interface ArrayDescription {
  /** '' where the file holds one array without a name. */
  readonly name: string
  readonly shape: readonly number[]
  /** In NumPy's words: float32, int64 ('<i8'), ... */
  readonly dtype: string
  readonly order: 'C' | 'Fortran'
  readonly bigEndian: boolean
  /** Compressed in its archive: it has to be inflated before its rows can be read. */
  readonly deflated: boolean
  /** True where the elements are of a type that is read as a matrix. */
  readonly accepted: boolean
  /** What makes a matrix of it, where it is none. */
  readonly advice?: string
  /** Of what is turned into a matrix first: the names of its columns, or their places where they have none. */
  readonly columns?: readonly string[]
  /** Of a table: all of its columns, and what they hold. */
  readonly table?: readonly TableColumn[]
  /** Which of them have to be chosen so that it can be read; '' where none would do. */
  readonly choice?: string
  /** The column that may name the rows instead: the others can be read. */
  readonly naming?: string
  /** Or the one that may name the rows beside `choice`. */
  readonly namingBeside?: string
  /** Of such: columns that are none of numbers, and left out. */
  readonly leftOut?: string
}

/** As the file is opened; `isVector`: one number a row is wanted, which messages then speak of; `isZeroAsked`: see TableOptions. */
export type Reading = OpenOptions & Pick<TableOptions, 'isVector' | 'isZeroAsked'>

/** The array that an address names. Throws Content, NotFound, Option. */
export function resolveArray(address: string, options: Reading = {}): Selection {
  const { path, fragment } = parseAddress(address, options.spooled)
  return withCatalog(path, options, (catalog) => {
    const { array, indices } = selectArray(catalog, fragment, options.isVector)
    requireOfRows(array, options)
    return { array: withBfloat16(array, options.isBfloat16), indices }
  })
}

/**
 * Every array of the file at `address`, or the one that it names. Throws NotFound, Content (no known format, damaged,
 * truncated), Option.
 */
export function describeFile(address: string, options: OpenOptions = {}): ArrayDescription[] {
  const { path, fragment } = parseAddress(address)
  return withCatalog(path, options, (catalog) => {
    if (fragment !== undefined) return [describe(selectArray(catalog, fragment).array)]
    return catalog.names.map((name) => describe(catalog.describe(name)))
  })
}

/**
 * The one matrix that the file at `address` is turned into before it is read: a table, Parquet, the parts of a sparse one. It is read for
 * it, all of it where its rows have to be counted. Undefined where its arrays are read as they are, or one of them is named. Throws as
 * `inflateInput`.
 */
export async function describeTurned(
  address: string,
  options: OpenOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<ArrayDescription | undefined> {
  const { path, fragment } = parseAddress(address)
  if (fragment !== undefined) return undefined
  const { signal, ...reading } = options
  const array = withCatalog(path, reading, (catalog) => catalog.whole?.() ?? onlyArray(catalog))
  if (array?.turning === undefined) return undefined
  const { rows, columns, table, choice, naming, namingBeside, remedy, leftOut } =
    await array.turning.describe(signal)
  return {
    ...describe(array),
    shape: [rows, columns.length],
    accepted: true,
    columns,
    ...(table === undefined ? {} : { table }),
    ...(choice === undefined ? {} : { choice }),
    ...(naming === undefined ? {} : { naming }),
    ...(namingBeside === undefined ? {} : { namingBeside }),
    ...(remedy === undefined ? {} : { advice: remedy }),
    ...(leftOut === undefined ? {} : { leftOut }),
  }
}

/** Throws Option where a column is to say something of the rows of a table whose columns are rows. */
function requireOfRows(array: StoredArray, options: OpenOptions): void {
  if (!array.isTransposed) return
  const option = (['id', 'weightColumn'] as const).find((name) => options[name] !== undefined)
  if (option === undefined) return
  const message = `${arrayLabel(array)}: ${optionText(option)} is a column about the rows of the table, and ${TRANSPOSED} takes its columns as rows; leave one of them out`
  throw new LevError('Option', message, { file: array.path, option })
}

function onlyArray(catalog: ArrayCatalog): StoredArray | undefined {
  return catalog.names.length === 1 ? catalog.describe(catalog.names[0]) : undefined
}

function describe(array: StoredArray): ArrayDescription {
  const { shape, dtypeName, fortranOrder, bigEndian, deflated, dtype } = array
  if (dtype !== undefined) requireFloatArray(array)
  const order = fortranOrder ? 'Fortran' : 'C'
  const advice = matrixAdvice(array)
  return {
    name: arrayName(array),
    shape,
    dtype: dtypeName,
    order,
    bigEndian,
    deflated,
    accepted: dtype !== undefined,
    ...(advice === undefined ? {} : { advice }),
  }
}

/**
 * The format by which the file at `address` says how it is to be read: by its content, or by its name, but for what `options` say to be
 * raw numbers: that is only told from .safetensors by the name.
 */
export function formatAt(
  address: string,
  options: Pick<OpenOptions, 'spooled' | 'dtype'> = {},
): Format | undefined {
  const { path } = parseAddress(address, options.spooled)
  return withInputFile(
    path,
    (file) => {
      const sight = sightOf(file)
      const isNamed = (format: Format) =>
        (options.dtype === undefined || format.name === '.safetensors') && format.claims?.(sight)
      return FORMATS.find((format) => format.knows(sight)) ?? FORMATS.find(isNamed)
    },
    options.spooled,
  )
}

function withCatalog<T>(path: string, options: OpenOptions, use: (catalog: ArrayCatalog) => T): T {
  const layout = rawLayout(options)
  return withInputFile(
    path,
    (file) =>
      use(
        readyCatalog(
          layout === undefined ? detect(file, options) : rawCatalog(file, layout, options),
          options,
        ),
      ),
    options.spooled,
  )
}

function rawCatalog(file: InputFile, layout: RawLayout, options: OpenOptions): ArrayCatalog {
  requireOptionsOf(file.path, 'raw numbers', [], options)
  return singleArray(describeRaw(file, layout))
}

/** `catalog`, of which the array that was turned or inflated lies elsewhere; and so do all of what came through a pipe. */
function readyCatalog(catalog: ArrayCatalog, { inflated, spooled }: OpenOptions): ArrayCatalog {
  const { path, names, whole, column } = catalog
  const ready = (name: string, describeIt: () => StoredArray): StoredArray => {
    if (inflated !== undefined && inflated.archivePath === path && inflated.name === name)
      return describeInflated(inflated)
    const array = describeIt()
    return spooled === undefined ? array : { inflatedPath: spooled, ...array }
  }
  return {
    path,
    names,
    describe: (name) => ready(name, () => catalog.describe(name)),
    whole: whole === undefined ? undefined : () => ready('', whole),
    column: column === undefined ? undefined : (name) => ready(name, () => column(name)),
  }
}

function describeInflated({ archivePath, name, path: inflatedPath }: InflatedMember): StoredArray {
  return withInputFile(
    archivePath,
    (raw) =>
      readNpyHeader(raw.bytes, {
        path: archivePath,
        name,
        offsetBytes: 0,
        streamBytes: raw.byteLength,
        fileBytes: raw.byteLength,
        mtimeMs: raw.mtimeMs,
        deflated: false,
        inflatedPath,
      }),
    inflatedPath,
  )
}

/** A .npy of a hundred thousand is not to be read further to know it. */
const FIRST_BYTES = 16

function sightOf(file: InputFile): Sight {
  const { path } = file
  const extension = extname(path).toLowerCase()
  let seen: { readonly look: Look | undefined } | undefined
  return {
    file,
    first: file.bytes(0, Math.min(FIRST_BYTES, file.byteLength)),
    start: () => fileStart(file),
    extension: extension === '.gz' ? extname(path.slice(0, -3)).toLowerCase() + extension : extension,
    look: () => (seen ??= { look: foreignLook(file) }).look,
  }
}

/** By the content, then by the name. */
function detect(file: InputFile, options: OpenOptions): ArrayCatalog {
  if (file.byteLength === 0) throw badContent(file.path, 'is empty')
  const sight = sightOf(file)
  const known = FORMATS.find((format) => format.knows(sight))
  if (known !== undefined) return catalogOf(known, sight, options)
  const look = sight.look()
  if (look !== undefined && !isByName(look)) throw badContent(file.path, foreignMessage(file, look))
  const { extension } = sight
  const claimed = extension === '.npy' ? undefined : FORMATS.find((format) => format.claims?.(sight))
  // How raw numbers are read is told of no text, and what a table of a few letters is says a table.
  const text = shortText(sight.start())
  const isClaimed =
    claimed !== undefined && (text === undefined || claimed.options?.includes('header') === true)
  if (isClaimed) return catalogOf(claimed, sight, options)
  if (text !== undefined) throw badContent(file.path, foreignMessage(file, text))
  if (extension === '.npy') throw refusal('Content', file.path, NO_NPY, { remedy: { kind: 'raw' } })
  if (look !== undefined) throw badContent(file.path, foreignMessage(file, look))
  const names = FORMATS.map(({ name }) => name).join(', ')
  const message = `neither its name nor its first bytes show a known format; ${names} are read, and raw little-endian numbers where their type and number of columns are given`
  throw refusal('Content', file.path, message, { remedy: { kind: 'raw' } })
}

function catalogOf(format: Format, sight: Sight, options: OpenOptions): ArrayCatalog {
  requireOptionsOf(sight.file.path, format.name, format.options ?? [], options)
  return format.catalog(sight, options)
}

/** Options that some formats have. */
const FORMAT_OPTIONS = ['columns', 'header', 'id', 'weightColumn', 'missing'] as const

/** Throws Option where one is given that this format has not. */
function requireOptionsOf(path: string, name: string, own: readonly string[], options: OpenOptions): void {
  const other = FORMAT_OPTIONS.find((option) => options[option] !== undefined && !own.includes(option))
  if (other === undefined) return
  const has = FORMATS.filter((format) => format.options?.includes(other)).map((format) => format.name)
  const message = `${path}: ${optionText(other)} is for ${has.join(', ')}; this is ${name}`
  throw new LevError('Option', message, { file: path, option: other })
}

const NO_NPY = 'no .npy: it does not begin with \\x93NUMPY; raw little-endian numbers have no header'

function matrixAdvice(array: StoredArray): string | undefined {
  // A vector of integers is of labels, as a rule.
  if (/^b?float/.test(array.dtypeName)) return array.shape.length === 1 ? columnAdvice(array) : undefined
  if (array.dtype !== undefined || array.turning !== undefined) return undefined
  return array.shape.length >= 2 || array.recordDescr !== undefined ? elementAdvice(array) : undefined
}
