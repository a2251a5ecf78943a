import type { DType } from '../matrix/matrix-source.ts'
import type { TellRead } from '../files/part-told.ts'
import type { ZipMember } from '../files/zip-directory.ts'
import type { PlainTable } from '../tables/line-ranges.ts'
import type { TableColumn } from '../tables/table-column.ts'

/** One array as a file's header describes it: of any type and shape, usable as a matrix or not. */
export interface StoredArray {
  /** The file as the user named it. */
  readonly path: string
  /** Name inside the file; '' in .npy and raw files. */
  readonly name: string
  readonly shape: readonly number[]
  /** The type in words, as found: `float32`, `int64 ('<i8')`. */
  readonly dtypeName: string
  /** Of structured elements: the header's list of fields. */
  readonly recordDescr?: string
  /** Absent where the type is none that is read. */
  readonly dtype?: DType
  readonly bigEndian: boolean
  readonly fortranOrder: boolean
  /** Place of the first element in the file (or in the inflated member). */
  readonly offsetBytes: number
  /** Bytes from there to the end of the file, member or tensor: exactly the array, or the header lies. */
  readonly availableBytes: number
  /** True for an .npz member that was saved compressed and is not inflated yet. */
  readonly deflated: boolean
  readonly inflatedPath?: string
  /** Where it lies in a .npz archive that has not been made ready (inflated, or its checksum tried). */
  readonly member?: ZipMember
  /** From an element to the next on each axis, in elements, where others lie between. */
  readonly strides?: readonly number[]
  /** Its columns are taken as rows: shape and order are those of the matrix that this makes. */
  readonly isTransposed?: boolean
  /** Of what is no array that can be read by position: how it becomes one. Its shape is not known before. */
  readonly turning?: Turning
  /** What is to be tried once, before rows are read. Throws Content. */
  readonly check?: (signal: AbortSignal | undefined) => Promise<void>
  readonly byteLength: number
  readonly mtimeMs: number
}

/** Of the columns of a matrix that is made of a table. */
export interface ColumnNames {
  readonly names: readonly string[]
  /** Which columns of the table they are. */
  readonly places: readonly number[]
}

/** How the content of a file is turned, once, into a temporary .npy that can be read by position. */
export interface Turning {
  /** As messages call it: `comma-separated text (CSV)`. */
  readonly what: string
  /** What is left out of it, and why: `columns id, name are no numbers`. */
  readonly leftOut?: string | undefined
  /** Of the columns of the matrix, where they have names. */
  readonly columnNames?: (() => Promise<ColumnNames>) | undefined
  /** Of a table: whether the column that stands behind '#' as `column` is one of the matrix, and nothing was said of that. */
  readonly holdsUnasked?: ((column: string) => Promise<boolean>) | undefined
  /** The same where its columns are taken as rows: of as many columns as there are. */
  readonly wide?: Omit<Turning, 'wide'> | undefined
  /** Lines that several threads can read. */
  readonly table?: PlainTable | undefined
  /** Makes the new file in `folder`. Throws Content, CannotWrite, InputChanged, Aborted, and leaves nothing then. */
  turn(folder: string, signal: AbortSignal | undefined, tell?: TellRead): Promise<TurnedFile>
  /** Columns and rows, found without making the file. Throws as `turn`. */
  describe(signal: AbortSignal | undefined): Promise<TurnedShape>
  /** An error that turning it met, with what is known once all rows were read. */
  explain?(error: unknown, signal: AbortSignal | undefined): Promise<unknown>
  /** The names of the rows, in their order, some at a time, where a column was asked for that names them. Throws as `turn`. */
  readonly rowNames?:
    ((signal: AbortSignal | undefined) => AsyncGenerator<readonly string[], void, void>) | undefined
}

/** Of what is no array before it is turned: nothing of it has a place in the file. */
export const WITHOUT_PLACES = {
  name: '',
  shape: [],
  bigEndian: false,
  fortranOrder: false,
  offsetBytes: 0,
  availableBytes: 0,
  deflated: false,
} as const

export interface TurnedFile {
  readonly path: string
  readonly byteLength: number
  /** What was found to be left out when it was made. */
  readonly leftOut?: string | undefined
}

export interface TurnedShape {
  readonly rows: number
  /** Of the columns that can be turned: their names, or their places where they have none. */
  readonly columns: readonly string[]
  /** Of a table: all of its columns. */
  readonly table?: readonly TableColumn[]
  /** Which columns have to be chosen so that it can be turned, as they are typed; '' where none would do. */
  readonly choice?: string
  /** The column that may name the rows instead, as it is typed: the others can be read. */
  readonly naming?: string
  /** The column that may name the rows of those that are chosen: the others cannot all be read. */
  readonly namingBeside?: string
  /** What makes numbers of its cells. */
  readonly remedy?: string
  readonly leftOut?: string | undefined
}

/** Behind the name of a matrix, of its columns as rows; as NumPy has it. */
export const TRANSPOSED = '.T'

/** The name of an array as it is typed: '' of the only one of a file. */
export function arrayName({
  name,
  isTransposed = false,
}: Pick<StoredArray, 'name' | 'isTransposed'>): string {
  return isTransposed ? name + TRANSPOSED : name
}

/** `keys.npz#k`, or the file alone where arrays have no name. */
export function arrayLabel(array: Pick<StoredArray, 'path' | 'name' | 'isTransposed'>): string {
  const name = arrayName(array)
  return name === '' ? array.path : `${array.path}#${name}`
}

/** As Python writes a shape: (3,), (3, 4). */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
}

/** Product of the dimensions: Infinity where it is no exact number, so that no header can wrap around. */
export function elementCount(shape: readonly number[]): number {
  if (shape.includes(0)) return 0
  let product = 1
  for (const extent of shape) {
    product *= extent
    if (!Number.isSafeInteger(product)) return Infinity
  }
  return product
}

/** What a file holds: names first, headers only of those that are asked for. Usable while the file is open. */
export interface ArrayCatalog {
  readonly path: string
  readonly names: readonly string[]
  /** Throws Content (damaged header). */
  describe(name: string): StoredArray
  /** What its arrays are together, where that is one matrix: parts of a sparse one. */
  readonly whole?: (() => StoredArray) | undefined
  /** Of a table: one of its columns, by its exact name or number. Throws NotFound or Option, some only when it is read. */
  readonly column?: ((name: string) => StoredArray) | undefined
}

/** A file that holds one array, without a name. */
export function singleArray(array: StoredArray): ArrayCatalog {
  return { path: array.path, names: [array.name], describe: () => array }
}
