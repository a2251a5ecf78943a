import { setImmediate as nextTurn } from 'node:timers/promises'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { type ByteSource, openFileSource } from '../files/byte-source.ts'
import { checkMember } from '../files/check-member.ts'
import { inflateMember } from '../files/inflate-member.ts'
import { withInputFile } from '../files/input-file.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { createTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts'
import { registerTemporary, removeTemporary, systemTemporaries } from '../files/temporaries.ts'
import { BYTES_PER_ELEMENT, MAX_COLS } from '../matrix/matrix-source.ts'
import { widenTail } from '../matrix/widen.ts'
import { readNpyHeader } from './npy.ts'
import { npyHeader } from './npy-writer.ts'
import { WindowedFloats } from './windowed-floats.ts'
import {
  type ArrayCatalog,
  arrayLabel,
  elementCount,
  shapeText,
  type StoredArray,
  type TurnedFile,
} from './stored-array.ts'

/** What SciPy saves of each format beside `data`, `format` and `shape`: where its entries stand. */
const PLACES = [
  ['indices', 'indptr'],
  ['row', 'col'],
] as const

/** Entries that are held at a time. */
const BLOCK_COUNT = 2 ** 16
const HEADER_BYTES = 128

/**
 * The sparse matrix of SciPy (CSR, CSC or COO) whose parts the .npz holds, as one array; undefined where it holds none. Heavy pairs of
 * ours are none: a matrix of them is not meant.
 */
export function sparseWhole(catalog: Omit<ArrayCatalog, 'whole'>): (() => StoredArray) | undefined {
  const { names } = catalog
  const has = (name: string) => names.includes(name)
  if (!['data', 'format', 'shape'].every(has) || (has('dots') && has('meta'))) return undefined
  const places = PLACES.find((parts) => parts.every(has))
  return places === undefined ? undefined : () => sparseArray(catalog, places)
}

function sparseArray(catalog: Omit<ArrayCatalog, 'whole'>, places: readonly string[]): StoredArray {
  const what = 'a sparse matrix of SciPy'
  // Described while the file is open.
  const [data, ...others] = ['data', 'format', 'shape', ...places].map((name) => catalog.describe(name))
  const { path, byteLength, mtimeMs } = data
  const arrays = [...others, data]
  return {
    path,
    name: '',
    shape: [],
    dtypeName: what,
    bigEndian: false,
    fortranOrder: false,
    offsetBytes: 0,
    availableBytes: 0,
    deflated: false,
    turning: {
      what,
      turn: (folder, signal) =>
        withParts(arrays, folder, signal, (parts) => turn(path, parts, folder, signal)),
      describe: (signal) =>
        withParts(arrays.slice(0, 2), systemTemporaries(), signal, (parts) => {
          const { rows, cols } = layoutOf(path, parts)
          return Promise.resolve({ rows, columns: Array.from({ length: cols }, (_, i) => `${i}`) })
        }),
    },
    byteLength,
    mtimeMs,
  }
}

/** An array of the archive whose bytes can be read by position. */
interface Part {
  readonly array: StoredArray
  readonly source: ByteSource
}
type Parts = ReadonlyMap<string, Part>

/** Opens `arrays`, inflating what is compressed; all is closed and removed in the end. */
async function withParts<T>(
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

interface Layout {
  readonly format: string
  readonly rows: number
  readonly cols: number
}

function layoutOf(path: string, parts: Parts): Layout {
  const format = formatOf(part(path, parts, 'format'))
  const { shape } = part(path, parts, 'shape').array
  const extents = numbersIn(part(path, parts, 'shape'), 0, Math.min(8, elementCount(shape)))
  if (!['csr', 'csc', 'coo'].includes(format))
    throw badContent(
      path,
      `a sparse matrix of SciPy in ${format} format; csr, csc and coo are read: save it behind .tocsr()`,
    )
  if (shape.length !== 1 || shape[0] !== 2)
    throw badContent(
      path,
      `a sparse array of SciPy of shape [${[...extents].join(', ')}]; a matrix has two axes`,
    )
  const [rows, cols] = extents
  if (!(rows >= 0 && cols >= 0))
    throw badContent(path, `damaged: a sparse matrix of shape ${shapeText([...extents])}`)
  if (cols < 1 || cols > MAX_COLS) {
    const message = `a sparse matrix of ${counted(cols, 'column')}; from 1 to ${MAX_COLS} are served. Is it transposed? Rows are keys or queries`
    throw badContent(path, message)
  }
  return { format, rows, cols }
}

function part(path: string, parts: Parts, name: string): Part {
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
function numbersIn({ array, source }: Part, start: number, end: number): Float64Array {
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

function swapped(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16()
  else if (width === 4) bytes.swap32()
  else if (width === 8) bytes.swap64()
}

/** Where entries stand: `major` is the row of csr, the column of csc. Both arrays hold until the next block. */
interface Entries {
  readonly rows: Float64Array
  readonly cols: Float64Array
  readonly values: Float64Array
}

/** A dense file, zero where nothing stands; entries of one place are added up, as SciPy does. */
async function turn(
  path: string,
  parts: Parts,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<TurnedFile> {
  const layout = layoutOf(path, parts)
  const { rows, cols } = layout
  const isFortran = isByColumns(path, parts, layout)
  const file = createTemporaryFile(path, folder)
  try {
    const byteLength = HEADER_BYTES + 8 * rows * cols
    file.write(0, npyHeader('<f8', [rows, cols], isFortran))
    file.extend(byteLength)
    await fill(path, parts, layout, file, isFortran, signal)
    file.close()
    return { path: file.path, byteLength }
  } catch (error) {
    file.remove()
    throw error
  }
}

async function fill(
  path: string,
  parts: Parts,
  layout: Layout,
  file: TemporaryFile,
  isFortran: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { rows, cols } = layout
  const dense = new WindowedFloats(file, HEADER_BYTES, rows * cols)
  const blocks = layout.format === 'coo' ? cooEntries(path, parts) : compressedEntries(path, parts, layout)
  for (const { rows: at, cols: across, values } of blocks) {
    for (let i = 0; i < values.length; i++) {
      const [row, col] = [at[i], across[i]]
      if (!(row >= 0 && row < rows && col >= 0 && col < cols))
        throw refusal(
          'Content',
          path,
          `damaged: an entry stands in row ${row}, column ${col} of a matrix of ${rows} rows and ${cols} columns`,
        )
      dense.add(isFortran ? col * rows + row : row * cols + col, values[i])
    }
    await nextTurn()
    if (signal?.aborted) throw new LevError('Aborted', `${path}: reading it was stopped`, { file: path })
  }
  dense.flush()
}

/** Is a column-major file written from one end to the other? Of coo the first entries tell. */
function isByColumns(path: string, parts: Parts, { format }: Layout): boolean {
  if (format !== 'coo') return format === 'csc'
  const row = part(path, parts, 'row')
  const count = Math.min(BLOCK_COUNT, elementCount(row.array.shape))
  const rows = numbersIn(row, 0, count)
  const cols = numbersIn(part(path, parts, 'col'), 0, count)
  const rises = (values: Float64Array) => values.every((value, i) => i === 0 || value >= values[i - 1])
  return !rises(rows) && rises(cols)
}

function* cooEntries(path: string, parts: Parts): Generator<Entries, void, void> {
  const [row, col, data] = ['row', 'col', 'data'].map((name) => part(path, parts, name))
  const count = elementCount(data.array.shape)
  for (const other of [row, col])
    if (elementCount(other.array.shape) !== count) throw otherLength(other, count)
  for (let start = 0; start < count; start += BLOCK_COUNT) {
    const end = Math.min(count, start + BLOCK_COUNT)
    yield {
      rows: numbersIn(row, start, end),
      cols: numbersIn(col, start, end),
      values: numbersIn(data, start, end),
    }
  }
}

function* compressedEntries(path: string, parts: Parts, layout: Layout): Generator<Entries, void, void> {
  const [indices, indptr, data] = ['indices', 'indptr', 'data'].map((name) => part(path, parts, name))
  const isRows = layout.format === 'csr'
  const majorCount = isRows ? layout.rows : layout.cols
  const count = elementCount(data.array.shape)
  if (elementCount(indices.array.shape) !== count) throw otherLength(indices, count)
  if (elementCount(indptr.array.shape) !== majorCount + 1) throw otherLength(indptr, majorCount + 1)
  let major = 0
  let pointers = numbersIn(indptr, 0, Math.min(majorCount + 1, BLOCK_COUNT))
  let pointersStart = 0
  const pointerAt = (index: number): number => {
    if (index >= pointersStart + pointers.length) {
      pointersStart = index
      pointers = numbersIn(indptr, index, Math.min(majorCount + 1, index + BLOCK_COUNT))
    }
    return pointers[index - pointersStart]
  }
  const fault = () =>
    badContent(
      arrayLabel(indptr.array),
      `damaged: it does not rise from 0 to the ${counted(count, 'entry')} that there are`,
    )
  if (pointers[0] !== 0) throw fault()
  let majorEnd = majorCount === 0 ? count : pointerAt(1)
  for (let start = 0; start < count; start += BLOCK_COUNT) {
    const end = Math.min(count, start + BLOCK_COUNT)
    const majors = new Float64Array(end - start)
    for (let entry = start; entry < end; entry++) {
      while (entry >= majorEnd) {
        if (++major >= majorCount) throw fault()
        const next = pointerAt(major + 1)
        if (next < majorEnd) throw fault()
        majorEnd = next
      }
      majors[entry - start] = major
    }
    const minors = numbersIn(indices, start, end)
    const values = numbersIn(data, start, end)
    yield isRows ? { rows: majors, cols: minors, values } : { rows: minors, cols: majors, values }
  }
  // Rows without entries may follow.
  while (++major < majorCount) {
    const next = pointerAt(major + 1)
    if (next < majorEnd) throw fault()
    majorEnd = next
  }
  if (majorEnd !== count) throw fault()
}

function otherLength({ array }: Part, wanted: number): LevError {
  return badContent(
    arrayLabel(array),
    `damaged: ${counted(elementCount(array.shape), 'element')}, and ${wanted} belong there`,
  )
}
