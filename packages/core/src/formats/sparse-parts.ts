import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { type ByteSource, openFileSource } from '../files/byte-source.ts'
import { checkMember } from '../files/check-member.ts'
import { inflateMember } from '../files/inflate-member.ts'
import { withInputFile } from '../files/input-file.ts'
import { badContent } from '../files/refusal.ts'
import { registerTemporary, removeTemporary } from '../files/temporaries.ts'
import { sparseAdvice } from '../foreign/foreign-archive.ts'
import { BYTES_PER_ELEMENT } from '../matrix/matrix-source.ts'
import { widenTail } from '../matrix/widen.ts'
import { readNpyHeader } from './npy.ts'
import { requireServedCols } from './served-cols.ts'
import { arrayLabel, elementCount, shapeText, type StoredArray } from './stored-array.ts'

/** An array of the archive whose bytes can be read by position. */
export interface Part {
  readonly array: StoredArray
  readonly source: ByteSource
}
export type Parts = ReadonlyMap<string, Part>

/** Opens `arrays`, inflating what is compressed; all is closed and removed in the end. */
export async function withParts<T>(
  arrays: readonly StoredArray[],
  folder: string,
  signal: AbortSignal | undefined,
  use: (parts: Parts) => Promise<T>,
): Promise<T> {
  const parts = new Map<string, Part>()
  const temporary: string[] = []
  try {
    for (const array of arrays) {
      const { member, deflated, path, name } = array
      if (member === undefined) throw new LevError('Internal', `${path}#${name} is no member`)
      if (deflated) {
        const inflated = await inflateMember(path, member, folder, { signal })
        registerTemporary(inflated)
        temporary.push(inflated)
        parts.set(name, { array: inflatedArray(array, inflated), source: openFileSource(inflated) })
      } else {
        await checkMember(path, member, { signal })
        parts.set(name, { array, source: openFileSource(path) })
      }
    }
    return await use(parts)
  } finally {
    for (const { source } of parts.values()) source.close()
    for (const path of temporary) removeTemporary(path)
  }
}

function inflatedArray({ path, name }: StoredArray, inflated: string): StoredArray {
  return withInputFile(
    path,
    ({ bytes, byteLength, mtimeMs }) =>
      readNpyHeader(bytes, {
        path,
        name,
        offsetBytes: 0,
        streamBytes: byteLength,
        fileBytes: byteLength,
        mtimeMs,
        deflated: false,
      }),
    inflated,
  )
}

/** What the matrix is. */
export interface SparseLayout {
  readonly format: string
  readonly rows: number
  readonly cols: number
}

/** Throws Content (another format than is read, no matrix, d out of range unless `isWide`). */
export function layoutOf(path: string, parts: Parts, isWide = false): SparseLayout {
  const format = formatOf(part(path, parts, 'format'))
  const { shape } = part(path, parts, 'shape').array
  const extents = wholeIn(part(path, parts, 'shape'), 0, Math.min(8, elementCount(shape)))
  if (!['csr', 'csc', 'coo'].includes(format))
    throw badContent(
      path,
      `a sparse matrix of SciPy in ${format} format; csr, csc and coo are read; ${sparseAdvice(path, shape.length === 1 ? shape[0] : 2)}`,
    )
  if (shape.length !== 1 || shape[0] !== 2)
    throw badContent(
      path,
      `a sparse array of SciPy of shape [${[...extents].join(', ')}]; a matrix has two axes`,
    )
  const [rows, cols] = extents
  if (!(rows >= 0 && cols >= 0))
    throw badContent(path, `damaged: a sparse matrix of shape ${shapeText([...extents])}`)
  if (!isWide) requireServedCols(path, 'a sparse matrix', cols)
  return { format, rows, cols }
}

export function part(path: string, parts: Parts, name: string): Part {
  const found = parts.get(name)
  if (found === undefined) throw badContent(path, `has no array '${name}'`)
  return found
}

/** A few letters, one or four bytes each. */
function formatOf({ array, source }: Part): string {
  const bytes = new Uint8Array(Math.min(64, array.availableBytes))
  source.read(array.offsetBytes, bytes)
  return Buffer.from(bytes).toString('latin1').replaceAll('\0', '')
}

/** Elements [start, end) of a part as float64. Throws Content (no numbers, fewer, integers that float64 rounds). */
export function numbersIn({ array, source }: Part, start: number, end: number): Float64Array {
  const { dtype, shape, bigEndian, availableBytes, offsetBytes, dtypeName } = array
  const label = arrayLabel(array)
  if (dtype === undefined)
    throw badContent(label, `elements of type ${dtypeName}; numbers are read. Save its real part, or cast it`)
  const width = BYTES_PER_ELEMENT[dtype]
  if (elementCount(shape) * width !== availableBytes || end > elementCount(shape))
    throw badContent(
      label,
      `damaged: shape ${shapeText(shape)} of ${dtypeName} in ${counted(availableBytes, 'byte')}, of which ${end} elements are needed`,
    )
  const values = new Float64Array(end - start)
  const raw = new Uint8Array(values.buffer, values.byteLength - values.length * width)
  source.read(offsetBytes + start * width, raw)
  if (bigEndian) swapped(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), width)
  widenTail(dtype, values, (index) => {
    throw badContent(
      label,
      `entry ${start + index} is an integer near ${values[index]}, beyond 2^53 in magnitude, where float64 does not tell neighbours apart`,
    )
  })
  return values
}

/** As numbersIn, of numbers that say where entries stand. Throws Content of one that is not whole. */
export function wholeIn(places: Part, start: number, end: number): Float64Array {
  const values = numbersIn(places, start, end)
  const wrong = values.findIndex((value) => !Number.isInteger(value))
  if (wrong < 0) return values
  throw badContent(
    arrayLabel(places.array),
    `damaged: entry ${start + wrong} is ${values[wrong]}, and a whole number belongs there`,
  )
}

function swapped(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16()
  else if (width === 4) bytes.swap32()
  else if (width === 8) bytes.swap64()
}
