import type { ArrayIndex, ErrorPlace } from '../errors/errors.ts'
import type { RowRange } from './row-ranges.ts'

/**
 * Element types on disk. Those of up to 24 bits and f32 are read as float32, all others as float64: exactly, and an integer beyond 2^53 in
 * magnitude is refused. A bool is a byte: 0, or 1 whatever else it is.
 */
export type DType =
  'f16' | 'bf16' | 'f32' | 'f64' | 'bool' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64'
export type IntegerType = Exclude<DType, 'f16' | 'bf16' | 'f32' | 'f64'>

/** One file's share of a matrix: plain data, so that it crosses threads and goes into plans. */
export interface FilePart {
  /** As the user named it: for messages and the summary. */
  readonly path: string
  /** Name of the array in the file; absent where arrays have none. */
  readonly array?: string
  /** Of an array of three axes or more: the index of this matrix. */
  readonly head?: ArrayIndex
  /** Where a deflated .npz member was inflated to; absent where the bytes lie in `path` itself. */
  readonly inflatedPath?: string
  /** Row id of the part's first row in the whole matrix. */
  readonly firstRow: number
  readonly rows: number
  /** Place of element (0, 0) in the file. */
  readonly offsetBytes: number
  readonly dtype: DType
  readonly bigEndian: boolean
  /** From a row to the next, in elements: cols in a row-major matrix, more where axes lie between, 1 in a column-major one. */
  readonly rowStride: number
  /** From a column to the next, in elements. */
  readonly columnStride: number
  /** Seen when the file was opened; a later difference is an InputChanged error. */
  readonly byteLength: number
  readonly mtimeMs: number
}

/** What makes a design matrix of a table (design-matrix.ts): plain data, so that it crosses threads. */
export interface Design {
  /** A column of ones in front. */
  readonly intercept: boolean
  /** [rows]: what each row, its 1 too, is multiplied by; in shared memory it is shared with threads. */
  readonly rowScales?: Float64Array | undefined
  /** Of these columns, the ones counted, those that are taken, in this order; absent: all. */
  readonly columns?: readonly number[] | undefined
}

/** Which rows of a matrix are read; the others are zeros. Absent: all are. */
export interface SeenRows {
  /** [rows], 0 = not read. */
  readonly seen?: Uint8Array | undefined
  readonly within?: RowRange | undefined
}

/** How to open a matrix again in another thread: plain, structured-clonable data. */
export type SourceSpec = (
  | {
      readonly kind: 'files'
      readonly rows: number
      readonly cols: number
      readonly parts: readonly FilePart[]
    }
  | {
      readonly kind: 'memory'
      readonly rows: number
      readonly cols: number
      readonly data: Float32Array | Float64Array // over a SharedArrayBuffer: shared, not copied
    }
) &
  SeenRows & {
    /** Ones in front of the `cols` columns, rows scaled. Absent: as they are. */
    readonly design?: Design | undefined
  }

/** A row of a matrix as it lies in its file; `rowId`: its row in the whole, where that is of several files. */
export type RowPlace = Pick<ErrorPlace, 'array' | 'head' | 'rowId'> & {
  /** Path of the file. */
  readonly file: string
  /** Row in that file, from 0. */
  readonly row: number
}

/** A matrix [rows, cols] read by row ranges, never as a whole. */
export interface MatrixSource {
  /** n: rows. */
  readonly rows: number
  /** d: columns, 1 to 4096. */
  readonly cols: number
  /** What `readRows` fills: 'f64' where any part needs it, else 'f32'. */
  readonly element: 'f32' | 'f64'
  /** For our own packages: how another thread opens it again. */
  readonly spec: SourceSpec
  /**
   * Reads rows [rowStart, rowEnd) into the front of `into`, row-major. `into` must be of `element`'s type.
   * Positional and synchronous, straight into `into` where the bytes need no conversion.
   * Throws NotFound (cannot read), InputChanged (gone, size or mtime differ, or the file ended early), ShapeMismatch
   * (`into` too short or of the wrong type, rows outside the matrix).
   */
  readRows(rowStart: number, rowEnd: number, into: Float32Array | Float64Array): void
  /** Where row `rowId` of the matrix lies: for messages. */
  locate(rowId: number): RowPlace
  /**
   * Closes the files, then throws InputChanged where one differs from what was opened: what was read since the
   * last check cannot be trusted. Closing twice is harmless; a later `readRows` opens again.
   */
  close(): void
}

/** `source`, whose reads `onRead` hears of when they are done; what it throws the reader gets. */
export function heardMatrix(source: MatrixSource, onRead: MatrixSource['readRows']): MatrixSource {
  const { rows, cols, element, spec } = source
  return {
    rows,
    cols,
    element,
    spec,
    readRows(rowStart, rowEnd, into) {
      source.readRows(rowStart, rowEnd, into)
      onRead(rowStart, rowEnd, into)
    },
    locate: (rowId) => source.locate(rowId),
    close: () => source.close(),
  }
}

/** Bytes of one row as it is read. */
export function rowBytes({ cols, element }: Pick<MatrixSource, 'cols' | 'element'>): number {
  return cols * (element === 'f64' ? 8 : 4)
}

/** Room for `length` elements as they are read. */
export function newRows(element: MatrixSource['element'], length: number): Float32Array | Float64Array {
  return element === 'f64' ? new Float64Array(length) : new Float32Array(length)
}

/** Largest number of columns (d) that the linear algebra serves. */
export const MAX_COLS = 4096

export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  f16: 2,
  bf16: 2,
  f32: 4,
  f64: 8,
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
}

/** Which of float32 and float64 holds all values of `dtype` (of 64-bit integers, those that are read). */
export function elementOf(dtype: DType): 'f32' | 'f64' {
  return dtype === 'f64' || /^[iu](?:32|64)$/.test(dtype) ? 'f64' : 'f32'
}
