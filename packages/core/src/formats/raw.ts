import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { fileStart, foreignMessage } from '../foreign/foreign-advice.ts'
import { lookOf } from '../foreign/look.ts'
import { textLook } from '../foreign/text-look.ts'
import type { InputFile } from '../files/input-file.ts'
import { BYTES_PER_ELEMENT } from '../matrix/matrix-source.ts'
import { badContent } from '../files/refusal.ts'
import type { StoredArray } from './stored-array.ts'

/** How to read a file without a header: `--dtype`, `--cols`, `--offset`. Little-endian. */
export interface RawLayout {
  readonly dtype: RawType
  readonly cols: number
  readonly offsetBytes: number
  /** Column after column, as R, MATLAB, Julia and Fortran write them. */
  readonly isFortran: boolean
}

/** Types of raw numbers. */
type RawType = 'f16' | 'bf16' | 'f32' | 'f64'

/** How the numbers of a file without a header lie in it. */
export interface RawOptions {
  /** Element type: 'f16', 'bf16', 'f32' or 'f64'. */
  readonly dtype?: string | undefined
  /** d: columns of the matrix, 1 to 4096. */
  readonly cols?: number | undefined
  /** Where the numbers begin; default 0. */
  readonly offsetBytes?: number | undefined
  /** F: column-major. Default C: row-major. */
  readonly order?: 'C' | 'F' | undefined
}

const DTYPE_NAMES: Readonly<Record<RawType, string>> = {
  f16: 'float16',
  bf16: 'bfloat16',
  f32: 'float32',
  f64: 'float64',
}

/**
 * The layout that the options ask for, undefined where they ask for none. Throws Option (a wrong value; `dtype` and
 * `cols` go together).
 */
export function rawLayout(options: RawOptions): RawLayout | undefined {
  const { dtype, cols, offsetBytes = 0, order } = options
  if (dtype === undefined && cols === undefined && options.offsetBytes === undefined && order === undefined)
    return undefined
  if (dtype === undefined)
    throw optionError('dtype', `a raw file needs ${optionText('dtype')} as well: f16, bf16, f32 or f64`)
  if (!Object.hasOwn(DTYPE_NAMES, dtype))
    throw optionError('dtype', `${optionText('dtype')} is ${dtype}: f16, bf16, f32 or f64 is needed`)
  if (cols === undefined)
    throw optionError('cols', `a raw file needs ${optionText('cols')} as well: the number of columns`)
  if (!Number.isSafeInteger(cols) || cols < 1)
    throw optionError('cols', `${optionText('cols')} is ${cols}: a whole number >= 1 is needed`)
  if (!Number.isSafeInteger(offsetBytes) || offsetBytes < 0) {
    throw optionError(
      'offsetBytes',
      `${optionText('offsetBytes')} is ${offsetBytes}: a whole number of bytes >= 0 is needed`,
    )
  }
  if (order !== undefined && order !== 'C' && order !== 'F')
    throw optionError(
      'order',
      `${optionText('order')} is ${String(order)}: C (row after row) or F (column after column) is needed`,
    )
  return { dtype: dtype as RawType, cols, offsetBytes, isFortran: order === 'F' }
}

/**
 * Describes a raw file. Throws Content where its bytes show that they are text or of another format, and where they are no
 * whole number of rows.
 */
export function describeRaw(file: InputFile, layout: RawLayout): StoredArray {
  const { dtype, cols, offsetBytes } = layout
  requireRawLook(file, offsetBytes)
  const availableBytes = file.byteLength - offsetBytes
  if (availableBytes < 0)
    throw badContent(
      file.path,
      `${optionText('offsetBytes')} is ${offsetBytes}, behind its end: it has ${counted(file.byteLength, 'byte')}`,
    )
  const rowBytes = cols * BYTES_PER_ELEMENT[dtype]
  const rest = availableBytes % rowBytes
  if (rest !== 0) {
    const found = `${counted(availableBytes, 'byte')} ${availableBytes === 1 ? 'is' : 'are'} ${counted(Math.floor(availableBytes / rowBytes), 'row')} of ${counted(rowBytes, 'byte')} and ${counted(rest, 'byte')} more`
    throw badContent(
      file.path,
      `truncated, or no rows of ${counted(cols, 'number')} of type ${dtype} from byte ${offsetBytes} on: ${found}`,
    )
  }
  return {
    path: file.path,
    name: '',
    shape: [availableBytes / rowBytes, cols],
    dtypeName: DTYPE_NAMES[dtype],
    dtype,
    bigEndian: false,
    fortranOrder: layout.isFortran,
    offsetBytes,
    availableBytes,
    deflated: false,
    byteLength: file.byteLength,
    mtimeMs: file.mtimeMs,
  }
}

/** Behind an offset only what can hold no numbers anywhere is refused: a header of another format may be skipped. */
function requireRawLook(file: InputFile, offsetBytes: number): void {
  const look = lookOf(fileStart(file))
  if (look !== undefined && (offsetBytes === 0 || look.opaque))
    throw badContent(file.path, `no raw numbers but ${foreignMessage(file, look)}`)
  if (offsetBytes === 0 || offsetBytes >= file.byteLength) return
  const behind = textLook(fileStart(file, offsetBytes))
  if (behind !== undefined)
    throw badContent(file.path, `no raw numbers but ${behind.what} from byte ${offsetBytes} on`)
}

function optionError(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
