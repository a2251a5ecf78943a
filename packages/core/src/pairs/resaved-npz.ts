import { constants, inflateRawSync } from 'node:zlib'
import { crc32 } from '../files/crc32.ts'
import { LevError } from '../errors/errors.ts'
import { counted } from '../errors/counted.ts'
import type { ByteSource } from '../files/byte-source.ts'
import { ELEMENT_BYTES, elementsOf, type ElementType } from '../files/elements.ts'
import { MAX_EXPANSION } from '../files/inflate-member.ts'
import { errorCode } from '../files/refusal.ts'
import { memberDataOffset, readZipDirectory, type ZipMember } from '../files/zip-directory.ts'
import { readNpyHeader } from '../formats/npy.ts'
import { inputFile, MAX_DIRECTORY_BYTES, NUMERIC, type NpzArrays } from '../formats/npz-reader.ts'
import { elementCount } from '../formats/stored-array.ts'
import { damagedPairs } from './pair-collector.ts'

/** An archive that is not as a sink writes it is held in memory: so many bytes of each array at most. */
const MOST_BYTES = 2 ** 30
const MOST_ROWS = MOST_BYTES / 8

/** One sparse matrix alone, as SciPy saves it. */
const OF_SCIPY: readonly string[] = [
  'format',
  'shape',
  'data',
  'indices',
  'indptr',
  'row',
  'col',
  '_is_array',
]
const OURS: readonly string[] = [
  'dots',
  'scoreLow',
  'scoreHigh',
  'scoreSE',
  'mass',
  'slack',
  'lse',
  'uncertified',
  'meta',
]
/** Of each pair, beside its place. */
const OF_PAIRS = ['data', 'dots', 'scoreLow', 'scoreHigh', 'scoreSE'] as const

interface HeldArray {
  readonly shape: readonly number[]
  readonly type: ElementType | 'text'
  readonly values: Float64Array
  readonly text: string
}

/**
 * The arrays of heavy pairs that another program saved again: compressed, or one sparse matrix as CSR, CSC or COO alone; its pairs in the
 * order of a sink. undefined where the archive is as a sink writes it, or none of pairs. Throws Content where it is damaged.
 */
export function resavedArrays(source: ByteSource): NpzArrays | undefined {
  const members = readZipDirectory(inputFile(source), MAX_DIRECTORY_BYTES).map((member) => ({
    member,
    name: member.name.replace(/\.npy$/, ''),
  }))
  const names = members.map(({ name }) => name)
  const has = (...wanted: string[]) => wanted.every((name) => names.includes(name))
  const isSparse = has('format', 'shape', 'data') && (has('indices', 'indptr') || has('row', 'col'))
  // Without dots none of what stands beside them is there either: else it is ours, and damaged.
  const wanted = has('dots') ? [...OF_SCIPY, ...OURS] : OF_SCIPY
  const isKnown = names.every((name, at) => wanted.includes(name) && names.indexOf(name) === at)
  const isStored = members.every(({ member }) => member.method === 0)
  if (!isSparse || !isKnown || (isStored && has('dots', 'indptr'))) return undefined
  const arrays = new Map<string, HeldArray>()
  for (const { member, name } of members)
    if (name !== '_is_array') arrays.set(name, heldArray(source, member, name))
  return new HeldArrays(source, inOrder(source, arrays))
}

class HeldArrays implements NpzArrays {
  readonly #source: ByteSource
  readonly #arrays: ReadonlyMap<string, HeldArray>

  constructor(source: ByteSource, arrays: ReadonlyMap<string, HeldArray>) {
    this.#source = source
    this.#arrays = arrays
  }

  /** They were tried when the arrays were read. */
  requireChecksums(): void {}

  shape(name: string): readonly number[] | undefined {
    return this.#arrays.get(name)?.shape
  }

  numbers(name: string, types: readonly ElementType[], start: number, end: number): Float64Array {
    const array = this.#arrays.get(name)
    if (array === undefined || array.type === 'text' || !types.includes(array.type))
      throw damagedPairs(this.#source.name, `array ${name}`, `it is not of type ${types.join(' or ')}`)
    return array.values.subarray(start, end)
  }

  text(name: string): string {
    const array = this.#arrays.get(name)
    if (array?.type === 'text') return array.text
    throw damagedPairs(this.#source.name, `array ${name}`, 'it is not one string of bytes')
  }
}

function heldArray(source: ByteSource, member: ZipMember, name: string): HeldArray {
  const bytes = memberBytes(source, member)
  const header = readNpyHeader((position, length) => bytes.subarray(position, position + length), {
    path: source.name,
    name,
    offsetBytes: 0,
    streamBytes: bytes.length,
    fileBytes: bytes.length,
    mtimeMs: 0,
    deflated: false,
  })
  const { shape, dtypeName, bigEndian, fortranOrder } = header
  const data = bytes.subarray(header.offsetBytes)
  const none = new Float64Array(0)
  if (dtypeName.startsWith('byte string') && shape.length === 0)
    return { shape, type: 'text', values: none, text: new TextDecoder().decode(data).replace(/\0+$/, '') }
  const type = bigEndian || fortranOrder ? undefined : NUMERIC[dtypeName]
  if (type === undefined) throw damagedPairs(source.name, `array ${name}`, `it is of type ${dtypeName}`)
  if (elementCount(shape) * ELEMENT_BYTES[type] !== data.length)
    throw damagedPairs(source.name, `array ${name}`, 'its header says another length than its member has')
  // A copy: elements begin at a multiple of their length.
  const values = elementsOf(type, data.slice(), source.name)
  return {
    shape,
    type,
    values: values instanceof Float64Array ? values : Float64Array.from(values),
    text: '',
  }
}

/** The bytes of a member, inflated where it is compressed. Throws Content before memory is taken for what it cannot hold. */
function memberBytes(source: ByteSource, member: ZipMember): Uint8Array {
  const { method, encrypted, compressedBytes, memberBytes: length } = member
  const refuse = (what: string) => damagedPairs(source.name, `member ${member.name}`, what)
  if (encrypted || (method !== 0 && method !== 8))
    throw refuse('it is encrypted, or compressed in a way that is not read')
  if (method === 0 && compressedBytes !== length) throw refuse('it has two lengths')
  const kind = method === 8 ? 'compressed, and ' : ''
  if (length > MOST_BYTES)
    throw refuse(`it is ${kind}${counted(length, 'byte')} long; at most ${MOST_BYTES} are held`)
  if (method === 8 && length > compressedBytes * MAX_EXPANSION)
    throw refuse(`it is compressed, and cannot hold the ${counted(length, 'byte')} that it claims`)
  const file = inputFile(source)
  const stored = file.bytes(memberDataOffset(file, member), compressedBytes)
  const bytes = method === 0 ? stored : inflated(stored, length, refuse)
  if (bytes.length !== length || crc32(bytes) !== member.crc32)
    throw refuse('damaged: its length or its CRC-32 is not what the archive says')
  return bytes
}

function inflated(stored: Uint8Array, length: number, refuse: (what: string) => LevError): Uint8Array {
  try {
    return inflateRawSync(stored, { maxOutputLength: Math.max(1, length), finishFlush: constants.Z_FINISH })
  } catch (cause) {
    throw refuse(`it is compressed, and cannot be inflated (${errorCode(cause) ?? 'too long'})`)
  }
}

/** CSR whose keys ascend in each row, of any of SciPy's formats. Throws Content where places do not fit. */
function inOrder(source: ByteSource, arrays: ReadonlyMap<string, HeldArray>): Map<string, HeldArray> {
  const refuse = (name: string, what: string) => damagedPairs(source.name, `array ${name}`, what)
  const shape = arrays.get('shape')
  const pairCount = arrays.get('data')?.values.length ?? 0
  const isShape = shape?.values.length === 2 && (shape.type === 'i64' || shape.type === 'i32')
  if (!isShape) throw refuse('shape', 'it is not that of a matrix')
  const [m, n] = shape.values
  if (!(m >= 0 && m <= MOST_ROWS)) throw refuse('shape', `it has ${m} rows; at most ${MOST_ROWS} are held`)
  const format = arrays.get('format')?.text
  const places =
    format === 'coo'
      ? listedPlaces(arrays, refuse)
      : format === 'csr' || format === 'csc'
        ? runPlaces(arrays, format === 'csr' ? m : n, format === 'csr', refuse)
        : undefined
  if (places === undefined)
    throw refuse('format', `it is of the format ${JSON.stringify(format)}; csr, csc and coo are read`)
  const { rows, cols } = places
  if (rows.length !== pairCount || cols.length !== pairCount)
    throw refuse(
      'data',
      `it has ${counted(pairCount, 'pair')}, and its places ${rows.length} and ${cols.length}`,
    )
  if (rows.some((row) => !(row >= 0 && row < m)))
    throw refuse('shape', `a pair is outside of its ${counted(m, 'row')}`)
  const order = Uint32Array.from({ length: pairCount }, (_, at) => at)
  order.sort((a, b) => rows[a] - rows[b] || cols[a] - cols[b])
  const indptr = new Float64Array(m + 1)
  for (const row of rows) indptr[row + 1]++
  for (let row = 0; row < m; row++) indptr[row + 1] += indptr[row]
  const sorted = (values: Float64Array) => Float64Array.from(order, (at) => values[at])
  const held = (type: ElementType, values: Float64Array): HeldArray => ({
    shape: [values.length],
    type,
    values,
    text: '',
  })
  const result = new Map(arrays)
  result.set('format', { shape: [], type: 'text', values: new Float64Array(0), text: 'csr' })
  result.set('shape', { ...shape, type: 'i64' })
  result.set('indices', held('i64', sorted(cols)))
  result.set('indptr', held('i64', indptr))
  for (const name of OF_PAIRS) {
    const array = arrays.get(name)
    if (array && array.type !== 'text' && array.values.length === pairCount)
      result.set(name, held(array.type, sorted(array.values)))
  }
  return result
}

interface Places {
  readonly rows: Float64Array
  readonly cols: Float64Array
}
type Refuse = (name: string, what: string) => LevError

function listedPlaces(arrays: ReadonlyMap<string, HeldArray>, refuse: Refuse): Places {
  const [rows, cols] = ['row', 'col'].map((name) => arrays.get(name)?.values)
  if (rows && cols) return { rows, cols }
  throw refuse('row', 'missing, or col is')
}

/** Of `count` runs, which are rows or columns. */
function runPlaces(
  arrays: ReadonlyMap<string, HeldArray>,
  count: number,
  areRows: boolean,
  refuse: Refuse,
): Places {
  const [ends, others] = ['indptr', 'indices'].map((name) => arrays.get(name)?.values)
  if (!ends || !others) throw refuse('indptr', 'missing, or indices is')
  if (ends.length !== count + 1 || ends[0] !== 0 || ends[count] !== others.length)
    throw refuse(
      'indptr',
      `it has ${counted(ends.length, 'entry')} from ${ends[0]} to ${ends.at(-1)}, for ${others.length} pairs`,
    )
  const runs = new Float64Array(others.length)
  for (let run = 0; run < count; run++) {
    if (!(ends[run + 1] >= ends[run])) throw refuse('indptr', `it falls at ${run}`)
    runs.fill(run, ends[run], ends[run + 1])
  }
  return areRows ? { rows: runs, cols: others } : { rows: others, cols: runs }
}
