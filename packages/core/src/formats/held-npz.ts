import { constants, inflateRawSync } from 'node:zlib'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import type { ByteSource } from '../files/byte-source.ts'
import { crc32 } from '../files/crc32.ts'
import { ELEMENT_BYTES, elementsOf, type ElementType } from '../files/elements.ts'
import { MAX_EXPANSION } from '../files/inflate-member.ts'
import { errorCode } from '../files/refusal.ts'
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
    arrays.set(name, heldArray(source, member, name, refuse))
  }
  return new HeldArrays(arrays, refuse)
}

/** A member as an array in memory, inflated where it is compressed. */
export function heldArray(source: ByteSource, member: ZipMember, name: string, refuseAt: Refuse): HeldArray {
  const bytes = memberBytes(source, member, refuseAt)
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
function memberBytes(source: ByteSource, member: ZipMember, refuseAt: Refuse): Uint8Array {
  const { method, encrypted, compressedBytes, memberBytes: length } = member
  const refuse = (what: string) => refuseAt(`member ${member.name}`, what)
  if (encrypted || (method !== 0 && method !== 8))
    throw refuse('it is encrypted, or compressed in a way that is not read')
  if (method === 0 && compressedBytes !== length) throw refuse('it has two lengths')
  const kind = method === 8 ? 'compressed, and ' : ''
  if (length > MOST_HELD_BYTES)
    throw refuse(`it is ${kind}${counted(length, 'byte')} long; at most ${MOST_HELD_BYTES} are held`)
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
