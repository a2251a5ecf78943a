import { promisify } from 'node:util'
import { constants, inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { throwIfStopped } from '../errors/stopped.ts'
import type { ByteSource } from '../files/byte-source.ts'
import { crc32 } from '../files/crc32.ts'
import { ELEMENT_BYTES, elementsOf, type ElementType } from '../files/elements.ts'
import { MAX_EXPANSION } from '../files/inflate-member.ts'
import { errorCode } from '../files/refusal.ts'
import { atOnce } from '../pieces/at-once.ts'
import { memberDataOffset, readZipDirectory, type ZipMember } from '../files/zip-directory.ts'
import { readNpyHeader } from './npy.ts'
import { inputFile, MAX_DIRECTORY_BYTES, NUMERIC, type NpzArrays, NpzReader } from './npz-reader.ts'
import { elementCount } from './stored-array.ts'

/** An archive that is not as we write it is held in memory: so many bytes of each array at most. */
export const MOST_HELD_BYTES = 2 ** 30

/** An array in memory. */
export interface HeldArray {
  readonly shape: readonly number[]
  readonly type: ElementType | 'text'
  readonly values: Float64Array
  readonly text: string
}

/** How what is wrong at a place of the archive is told. */
type Refuse = (where: string, what: string) => LevError

/** Arrays of an archive that are in memory. */
export class HeldArrays implements NpzArrays {
  readonly #arrays: ReadonlyMap<string, HeldArray>
  readonly #refuse: Refuse

  constructor(arrays: ReadonlyMap<string, HeldArray>, refuse: Refuse) {
    this.#arrays = arrays
    this.#refuse = refuse
  }

  /** They were tried when the arrays were read. */
  *requireChecksums(): Generator<void, void, void> {}

  shape(name: string): readonly number[] | undefined {
    return this.#arrays.get(name)?.shape
  }

  type(name: string): ElementType | undefined {
    const type = this.#arrays.get(name)?.type
    return type === 'text' ? undefined : type
  }

  numbers(name: string, types: readonly ElementType[], start: number, end: number): Float64Array {
    const array = this.#arrays.get(name)
    if (array === undefined || array.type === 'text' || !types.includes(array.type))
      throw this.#refuse(`array ${name}`, `it is not of type ${types.join(' or ')}`)
    return array.values.subarray(start, end)
  }

  text(name: string): string {
    const array = this.#arrays.get(name)
    if (array?.type === 'text') return array.text
    throw this.#refuse(`array ${name}`, 'it is not one string of bytes')
  }
}

/**
 * The arrays of a .npz: read by ranges as we write them, whose members are stored; held in memory where another program compressed one.
 * Throws Content where it is damaged.
 */
export function openNpzArrays(source: ByteSource): NpzArrays {
  const members = readZipDirectory(inputFile(source), MAX_DIRECTORY_BYTES)
  if (members.every(({ method }) => method === 0)) return new NpzReader(source)
  const refuse = (where: string, what: string) =>
    new LevError('Content', `${source.name}, ${where}: ${what}. Copy the file again`, { file: source.name })
  const arrays = new Map<string, HeldArray>()
  for (const member of members) {
    const name = member.name.replace(/\.npy$/, '')
    if (arrays.has(name)) throw refuse(`array ${name}`, 'it is there twice')
    arrays.set(name, atOnce(holdingArray(source, member, name, refuse)))
  }
  return new HeldArrays(arrays, refuse)
}

/** Bytes that are tried, and elements that are taken, in one piece. */
const PIECE_BYTES = 2 ** 21
const PIECE_ELEMENTS = 2 ** 16

/** A member as an array in memory, inflated where it is compressed, a piece at a time. `known`: what it holds, inflated already. */
export function* holdingArray(
  source: ByteSource,
  member: ZipMember,
  name: string,
  refuseAt: Refuse,
  known?: Uint8Array,
): Generator<void, HeldArray, void> {
  const bytes = yield* memberBytes(source, member, refuseAt, known)
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
  if (type === undefined) throw refuseAt(`array ${name}`, `it is of type ${dtypeName}`)
  if (elementCount(shape) * ELEMENT_BYTES[type] !== data.length)
    throw refuseAt(`array ${name}`, 'its header says another length than its member has')
  const values = new Float64Array(elementCount(shape))
  for (let start = 0; start < values.length; start += PIECE_ELEMENTS) {
    const end = Math.min(values.length, start + PIECE_ELEMENTS)
    // A copy: elements begin at a multiple of their length.
    const piece = data.slice(start * ELEMENT_BYTES[type], end * ELEMENT_BYTES[type])
    values.set(elementsOf(type, piece, source.name), start)
    yield
  }
  return { shape, type, values, text: '' }
}

/** The bytes of a member, inflated where it is compressed. Throws Content before memory is taken for what it cannot hold. */
function* memberBytes(
  source: ByteSource,
  member: ZipMember,
  refuseAt: Refuse,
  known?: Uint8Array,
): Generator<void, Uint8Array, void> {
  const { method, encrypted, compressedBytes, memberBytes: length } = member
  const refuse = (what: string) => refuseAt(`member ${member.name}`, what)
  if (encrypted || (method !== 0 && method !== 8))
    throw refuse('it is encrypted, or compressed in a way that is not read')
  if (method === 0 && compressedBytes !== length) throw refuse('it has two lengths')
  const kind = method === 8 ? 'compressed, and ' : ''
  if (length > MOST_HELD_BYTES)
    throw refuse(`it is ${kind}${counted(length, 'byte')} long; at most ${MOST_HELD_BYTES} are held`)
  if (isTooLongFor(member))
    throw refuse(`it is compressed, and cannot hold the ${counted(length, 'byte')} that it claims`)
  const bytes = known ?? storedBytes(source, member, refuse)
  let checksum = 0
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    checksum = crc32(bytes.subarray(start, start + PIECE_BYTES), checksum)
    yield
  }
  if (bytes.length !== length || checksum !== member.crc32)
    throw refuse('damaged: its length or its CRC-32 is not what the archive says')
  return bytes
}

function isTooLongFor({ method, compressedBytes, memberBytes: length }: ZipMember): boolean {
  return method === 8 && length > compressedBytes * MAX_EXPANSION
}

/** Read, and inflated, in one piece. */
function storedBytes(source: ByteSource, member: ZipMember, refuse: (what: string) => LevError): Uint8Array {
  const file = inputFile(source)
  const stored = file.bytes(memberDataOffset(file, member), member.compressedBytes)
  return member.method === 0 ? stored : inflated(stored, member.memberBytes, refuse)
}

const inflateElsewhere = promisify(inflateRaw)

/**
 * What `members` hold that are compressed, by their names, inflated outside of this thread. One that cannot be inflated is left out: who
 * reads it says why.
 */
export async function inflatedMembers(
  source: ByteSource,
  members: readonly ZipMember[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const held = new Map<string, Uint8Array>()
  const file = inputFile(source)
  for (const member of members) {
    const { name, method, encrypted, compressedBytes, memberBytes: length } = member
    if (method !== 8 || encrypted || length > MOST_HELD_BYTES || isTooLongFor(member)) continue
    throwIfStopped(signal, source.name, source.name)
    try {
      const stored = file.bytes(memberDataOffset(file, member), compressedBytes)
      held.set(name, await inflateElsewhere(stored, inflateOptions(length)))
    } catch {
      // As said above.
    }
  }
  return held
}

function inflateOptions(length: number): ZlibOptions {
  return { maxOutputLength: Math.max(1, length), finishFlush: constants.Z_FINISH }
}

function inflated(stored: Uint8Array, length: number, refuse: (what: string) => LevError): Uint8Array {
  try {
    return inflateRawSync(stored, inflateOptions(length))
  } catch (cause) {
    throw refuse(`it is compressed, and cannot be inflated (${errorCode(cause) ?? 'too long'})`)
  }
}
