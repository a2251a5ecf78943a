import { counted } from '../errors/counted.ts'
import { createHash } from 'node:crypto'
import { LevError } from '../errors/errors.ts'
import { bytesSource, openFileSource, type ByteSource } from '../files/byte-source.ts'
import { parseMsgpack, type HeaderRecord } from './canonical.ts'
import { ELEMENT_BYTES, elementsOf, type ElementArrays } from '../files/elements.ts'
import type { LevDType } from './lev-writer.ts'
import {
  CHECKSUM_BYTES,
  LEV_FORMAT_VERSION,
  LEV_MAGIC,
  MAX_HEADER_BYTES,
  PREAMBLE_BYTES,
  alignUp,
  decodePreamble,
  hasLevMagic,
  kindOfNumber,
  type LevKind,
  type Preamble,
} from './preamble.ts'

/** One block of an open file. */
interface LevBlockPlace {
  readonly name: string
  readonly dtype: LevDType
  /** In elements. */
  readonly length: number
  readonly offsetBytes: number
}

/** Of every kind there are far fewer. */
const MOST_BLOCKS = 256
const HASH_CHUNK_BYTES = 4 * 1024 * 1024

/** A .lev file whose checksum and layout have been found right; blocks are read when asked for. */
export class LevFile {
  /** As the user named it. */
  readonly name: string
  readonly kind: LevKind
  readonly formatVersion: number
  readonly header: HeaderRecord
  readonly blocks: readonly LevBlockPlace[]
  readonly byteLength: number
  readonly #source: ByteSource

  constructor(source: ByteSource) {
    const preamble = checkedPreamble(source)
    const { meta, blocks } = readHeader(source, preamble)
    this.#source = source
    this.name = source.name
    this.kind = knownKind(source, preamble)
    this.formatVersion = preamble.formatVersion
    this.header = meta
    this.blocks = blocks
    this.byteLength = source.byteLength
  }

  /** The block of that name, undefined where there is none. */
  find(name: string): LevBlockPlace | undefined {
    return this.blocks.find((block) => block.name === name)
  }

  /**
   * Elements [start, end) of block `name`, all of them by default, in an array of their own.
   * Throws Content where the file has no such block or it is of another type, or an id is above 2^53.
   */
  read<T extends LevDType>(name: string, dtype: T, start = 0, end?: number): ElementArrays[T] {
    const block = this.find(name)
    if (block === undefined || block.dtype !== dtype) {
      const found = block === undefined ? 'no such block' : `a block of ${block.dtype}`
      throw refuse(this.#source, `was to hold block ${name} of ${dtype} and has ${found}`)
    }
    const stop = end ?? block.length
    if (!(start >= 0 && start <= stop && stop <= block.length)) {
      const message = `block ${name} has ${counted(block.length, 'element')}, not [${start}, ${stop})`
      throw new LevError('Internal', message)
    }
    const width = ELEMENT_BYTES[dtype]
    const bytes = new Uint8Array((stop - start) * width)
    this.#source.read(block.offsetBytes + start * width, bytes)
    return elementsOf(dtype, bytes, this.name)
  }

  close(): void {
    this.#source.close()
  }
}

/** What `use` makes of the .lev at `path`, which is closed then. Throws as `openLev`. */
export function withLev<T>(path: string, use: (file: LevFile) => T): T {
  const file = openLev(path)
  try {
    return use(file)
  } finally {
    file.close()
  }
}

/**
 * Opens the .lev file at `path`: close it after use. The checksum of the whole file is verified first, in chunks.
 * Throws NotFound, or Content where it is no .lev file, damaged, or written by a newer version.
 */
export function openLev(path: string): LevFile {
  const source = openFileSource(path)
  try {
    return new LevFile(source)
  } catch (error) {
    source.close()
    throw error
  }
}

/** The .lev file in `bytes` (kept, not copied), called `name` in messages. Throws Content as `openLev` does. */
export function levFromBytes(bytes: Uint8Array, name = 'the byte array'): LevFile {
  return new LevFile(bytesSource(bytes, name))
}

/** Checks what can be checked before the header is believed: magic, length, checksum, version. */
function checkedPreamble(source: ByteSource): Preamble {
  const first = new Uint8Array(Math.min(PREAMBLE_BYTES, source.byteLength))
  source.read(0, first)
  if (!hasLevMagic(first)) throw refuse(source, notLev(source, first))
  if (source.byteLength < PREAMBLE_BYTES + CHECKSUM_BYTES)
    throw damaged(source, 'it ends inside its preamble')
  const preamble = decodePreamble(first)
  if (preamble.formatVersion !== LEV_FORMAT_VERSION) throw otherVersion(source, preamble.formatVersion)
  if (preamble.totalBytes !== source.byteLength) {
    throw damaged(source, `it says ${counted(preamble.totalBytes, 'byte')} and has ${source.byteLength}`)
  }
  if (!checksumHolds(source)) throw damaged(source, 'its SHA-256 does not match its bytes')
  if (!preamble.isBlank) throw damaged(source, 'its preamble holds bytes where it is to be empty')
  return preamble
}

function checksumHolds(source: ByteSource): boolean {
  const hash = createHash('sha256')
  const bodyBytes = source.byteLength - CHECKSUM_BYTES
  const chunk = new Uint8Array(Math.min(HASH_CHUNK_BYTES, bodyBytes))
  for (let offset = 0; offset < bodyBytes; offset += chunk.byteLength) {
    const piece = chunk.subarray(0, Math.min(chunk.byteLength, bodyBytes - offset))
    source.read(offset, piece)
    hash.update(piece)
  }
  const stored = new Uint8Array(CHECKSUM_BYTES)
  source.read(bodyBytes, stored)
  return hash.digest().equals(stored)
}

interface Header {
  readonly meta: HeaderRecord
  readonly blocks: readonly LevBlockPlace[]
}

/** The checksum has held, so a fault found here is a writer's, not the disk's; it is refused all the same. */
function readHeader(source: ByteSource, preamble: Preamble): Header {
  const room = source.byteLength - PREAMBLE_BYTES - CHECKSUM_BYTES
  const most = Math.min(room, MAX_HEADER_BYTES)
  if (preamble.headerBytes > most) {
    throw damaged(
      source,
      `its header says ${counted(preamble.headerBytes, 'byte')} and there is room for ${most}`,
    )
  }
  const bytes = new Uint8Array(preamble.headerBytes)
  source.read(PREAMBLE_BYTES, bytes)
  const { blocks, meta } = parsed(source, bytes)
  if (!Array.isArray(blocks) || blocks.length !== preamble.blockCount || !isRecord(meta)) {
    throw damaged(source, 'its header lacks its block list or its record')
  }
  return { meta, blocks: placeBlocks(source, blocks, PREAMBLE_BYTES + alignUp(bytes.byteLength)) }
}

function parsed(source: ByteSource, bytes: Uint8Array): HeaderRecord {
  try {
    return parseMsgpack(bytes)
  } catch (cause) {
    throw damaged(source, 'its header cannot be decoded', cause)
  }
}

function placeBlocks(source: ByteSource, entries: readonly unknown[], firstOffset: number): LevBlockPlace[] {
  if (entries.length > MOST_BLOCKS) throw damaged(source, `it says that it has ${entries.length} blocks`)
  const places: LevBlockPlace[] = []
  let offsetBytes = firstOffset
  for (const entry of entries) {
    if (!isBlockEntry(entry)) throw damaged(source, 'its block list has an entry of another form')
    const { name, dtype, length } = entry
    if (places.some((place) => place.name === name)) throw damaged(source, `it holds block ${name} twice`)
    places.push({ name, dtype, length, offsetBytes })
    offsetBytes += alignUp(length * ELEMENT_BYTES[dtype])
  }
  if (offsetBytes + CHECKSUM_BYTES !== source.byteLength) {
    throw damaged(source, `its blocks end at byte ${offsetBytes} of ${source.byteLength - CHECKSUM_BYTES}`)
  }
  return places
}

type BlockEntry = Pick<LevBlockPlace, 'name' | 'dtype' | 'length'>

function isBlockEntry(entry: unknown): entry is BlockEntry {
  if (!isRecord(entry)) return false
  const { name, dtype, length } = entry
  const known = typeof dtype === 'string' && ['f64', 'f32', 'u64', 'u32', 'u8'].includes(dtype)
  return known && typeof name === 'string' && Number.isSafeInteger(length) && Number(length) >= 0
}

function isRecord(value: unknown): value is HeaderRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function knownKind(source: ByteSource, { kindNumber }: Preamble): LevKind {
  const kind = kindOfNumber(kindNumber)
  if (kind === undefined) {
    throw refuse(
      source,
      `holds kind ${kindNumber}, which this version does not know: use a newer levattention`,
    )
  }
  return kind
}

function notLev(source: ByteSource, first: Uint8Array): string {
  if (source.byteLength === 0) return 'is not a .lev file: it is empty'
  if (first[0] === 0x50 && first[1] === 0x4b)
    return 'is not a .lev file but a .npz archive: the command query searches the set in one; here the .lev of the same build is read'
  // A copy that went through a text mode keeps "LEV" and loses the bytes around it.
  const start = String.fromCharCode(...first.subarray(0, LEV_MAGIC.length))
  const hint = start.includes('LEV')
    ? '; if it was one, a text-mode copy damaged it: copy it again as binary'
    : ''
  return `is not a .lev file: it does not begin with the .lev signature${hint}. Name a file that levattention wrote`
}

/** The checksum's place is the same in every version: it tells a newer file from a damaged one. */
function otherVersion(source: ByteSource, formatVersion: number): LevError {
  if (!checksumHolds(source))
    return damaged(source, `it says format version ${formatVersion} and its SHA-256 is wrong`)
  const which = formatVersion > LEV_FORMAT_VERSION ? 'a newer version of levattention' : 'an unknown version'
  return refuse(
    source,
    `was written by ${which} (.lev format ${formatVersion}; this one reads ${LEV_FORMAT_VERSION}): ` +
      'update levattention, or write the file again with this version',
  )
}

function damaged(source: ByteSource, what: string, cause?: unknown): LevError {
  return refuse(
    source,
    `is a damaged .lev file: ${what}. Copy it again from where it was made, or build it again`,
    cause,
  )
}

function refuse(source: ByteSource, what: string, cause?: unknown): LevError {
  const message = `${source.name} ${what}`
  return new LevError('Content', message, { file: source.name }, cause === undefined ? {} : { cause })
}
