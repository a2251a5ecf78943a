import { crc32 } from '../files/crc32.ts'
import { LevError } from '../errors/errors.ts'
import type { ByteSource } from '../files/byte-source.ts'
import { ELEMENT_BYTES, elementsOf, type ElementType } from '../files/elements.ts'
import type { InputFile } from '../files/input-file.ts'
import { readNpyHeader } from './npy.ts'
import { elementCount, type StoredArray } from './stored-array.ts'
import { memberDataOffset, readZipDirectory, type ZipMember } from '../files/zip-directory.ts'

const CRC_CHUNK_BYTES = 4 * 1024 * 1024

/** What StoredArray calls the types of the arrays that we write. */
export const NUMERIC: Readonly<Record<string, 'f64' | 'f32' | 'i32' | 'i64' | 'u64'>> = {
  float64: 'f64',
  float32: 'f32',
  "uint64 ('<u8')": 'u64',
  "int32 ('<i4')": 'i32',
  "int64 ('<i8')": 'i64',
}

/** A file of ours has a dozen members: a directory of a thousand is none of ours, and is not loaded to find out. */
export const MAX_DIRECTORY_BYTES = 2 ** 17
/** No text of ours is as long. */
const MAX_TEXT_BYTES = 2 ** 20

/** An array and the member that holds it. */
interface PlacedArray extends StoredArray {
  readonly zipMember: ZipMember
  readonly memberOffset: number
}

/** Arrays by name, of which headers alone are known until their numbers are asked for. */
export interface NpzArrays {
  /** A piece at a time. Throws Content where a member has another CRC-32 than the archive says. */
  requireChecksums(): Generator<void, void, void>
  /** undefined where there is none. Throws Content where its header lies about its length. */
  shape(name: string): readonly number[] | undefined
  /** Of what numbers `name` consists; undefined where there are none. */
  type(name: string): ElementType | undefined
  /** Elements [start, end) as float64. Throws Content where they are of another type. */
  numbers(name: string, types: readonly ElementType[], start: number, end: number): Float64Array
  /** The bytes of a 0-d |S array. Throws Content where it is something else. */
  text(name: string): string
}

/**
 * Arrays of a .npz of our own writing: stored members, read by ranges. When it is made only headers are read; the CRC-32s
 * are tried by `requireChecksums`, once what the headers claim has been found to fit.
 */
export class NpzReader implements NpzArrays {
  readonly #source: ByteSource
  readonly #arrays: ReadonlyMap<string, PlacedArray>

  /** Throws Content where the archive is damaged, or a member is compressed, encrypted, there twice or inside another. */
  constructor(source: ByteSource) {
    const file = inputFile(source)
    this.#source = source
    const arrays = new Map<string, PlacedArray>()
    for (const member of readZipDirectory(file, MAX_DIRECTORY_BYTES)) {
      const array = readMember(source, file, member)
      if (arrays.has(array.name)) throw refuse(source, `the archive has two members named ${array.name}`)
      arrays.set(array.name, array)
    }
    requireApart(source, [...arrays.values()])
    this.#arrays = arrays
  }

  /** Reads every member once, a piece at a time. Throws Content where one has another CRC-32 than the archive says. */
  *requireChecksums(): Generator<void, void, void> {
    for (const { zipMember, memberOffset } of this.#arrays.values())
      yield* checkCrc(this.#source, zipMember, memberOffset)
  }

  /** Of what numbers `name` consists; undefined where there is none. */
  type(name: string): ElementType | undefined {
    return NUMERIC[this.#arrays.get(name)?.dtypeName ?? '']
  }

  get names(): readonly string[] {
    return [...this.#arrays.keys()]
  }

  /** Shape of array `name`, undefined where there is none. Throws Content where its header lies about its length. */
  shape(name: string): readonly number[] | undefined {
    const array = this.#arrays.get(name)
    if (array === undefined) return undefined
    const type = NUMERIC[array.dtypeName]
    if (type !== undefined && elementCount(array.shape) * ELEMENT_BYTES[type] !== array.availableBytes) {
      throw this.#refuse(name, 'its header says another length than its member has')
    }
    return array.shape
  }

  /** Elements [start, end) of the numbers in `name` as float64. Throws Content where they are of another type. */
  numbers(name: string, types: readonly ElementType[], start: number, end: number): Float64Array {
    const array = this.#require(name)
    const type = array.bigEndian || array.fortranOrder ? undefined : NUMERIC[array.dtypeName]
    if (type === undefined || !types.includes(type)) throw this.#refuse(name, `is of type ${array.dtypeName}`)
    const bytes = new Uint8Array((end - start) * ELEMENT_BYTES[type])
    this.#source.read(array.offsetBytes + start * ELEMENT_BYTES[type], bytes)
    const values = elementsOf(type, bytes, this.#source.name)
    return values instanceof Float64Array ? values : Float64Array.from(values)
  }

  /** The bytes of the 0-d |S array `name`. Throws Content where it is something else. */
  text(name: string): string {
    const array = this.#require(name)
    if (array.shape.length !== 0 || !array.dtypeName.startsWith('byte string')) {
      throw this.#refuse(name, `is of type ${array.dtypeName}, not one string of bytes`)
    }
    if (Number(/\d+/.exec(array.dtypeName)?.[0]) !== array.availableBytes)
      throw this.#refuse(name, 'its header says another length than its member has')
    if (array.availableBytes > MAX_TEXT_BYTES)
      throw this.#refuse(name, `is ${array.availableBytes} bytes long; at most ${MAX_TEXT_BYTES} are read`)
    const bytes = new Uint8Array(array.availableBytes)
    this.#source.read(array.offsetBytes, bytes)
    return new TextDecoder().decode(bytes)
  }

  #require(name: string): PlacedArray {
    const array = this.#arrays.get(name)
    if (array === undefined) throw this.#refuse(name, 'is missing')
    return array
  }

  #refuse(name: string, what: string): LevError {
    return refuse(this.#source, `array ${name} ${what}`)
  }
}

export function inputFile(source: ByteSource): InputFile {
  return {
    path: source.name,
    openPath: source.name,
    byteLength: source.byteLength,
    mtimeMs: 0,
    bytes(position, byteLength) {
      if (position + byteLength > source.byteLength) throw refuse(source, 'truncated')
      const bytes = new Uint8Array(byteLength)
      source.read(position, bytes)
      return bytes
    },
  }
}

function readMember(source: ByteSource, file: InputFile, member: ZipMember): PlacedArray {
  if (member.method !== 0 || member.encrypted || member.compressedBytes !== member.memberBytes) {
    throw refuse(
      source,
      `member ${member.name} is compressed: write it again with levattention, or save it with np.savez`,
    )
  }
  const dataOffset = memberDataOffset(file, member)
  const name = member.name.replace(/\.npy$/, '')
  const header = readNpyHeader((position, byteLength) => file.bytes(dataOffset + position, byteLength), {
    path: source.name,
    name,
    offsetBytes: dataOffset,
    streamBytes: member.memberBytes,
    fileBytes: source.byteLength,
    mtimeMs: 0,
    deflated: false,
  })
  return { ...header, zipMember: member, memberOffset: dataOffset }
}

/** Two arrays in the same bytes are no two arrays. */
function requireApart(source: ByteSource, arrays: readonly PlacedArray[]): void {
  const byPlace = arrays.toSorted((a, b) => a.memberOffset - b.memberOffset)
  byPlace.forEach(({ name, memberOffset, zipMember }, i) => {
    const next = byPlace.at(i + 1)
    if (next !== undefined && memberOffset + zipMember.memberBytes > next.zipMember.localHeaderOffset)
      throw refuse(source, `the members ${name} and ${next.name} overlap`)
  })
}

function* checkCrc(source: ByteSource, member: ZipMember, dataOffset: number): Generator<void, void, void> {
  const chunk = new Uint8Array(Math.min(CRC_CHUNK_BYTES, member.memberBytes))
  let crc = 0
  for (let done = 0; done < member.memberBytes; done += chunk.byteLength) {
    const piece = chunk.subarray(0, Math.min(chunk.byteLength, member.memberBytes - done))
    source.read(dataOffset + done, piece)
    crc = crc32(piece, crc)
    yield
  }
  if (crc !== member.crc32) {
    throw refuse(
      source,
      `damaged: the CRC-32 of member ${member.name} does not match its bytes. Copy the file again`,
    )
  }
}

function refuse(source: ByteSource, what: string): LevError {
  return new LevError('Content', `${source.name}: ${what}`, { file: source.name })
}
