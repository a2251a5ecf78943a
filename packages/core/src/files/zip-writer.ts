import { counted } from '../errors/counted.ts'
import { crc32 } from './crc32.ts'
import { LevError } from '../errors/errors.ts'
import type { ByteSink } from './output-file.ts'

/** A sink in which a field can be filled in later. */
interface PatchableSink extends ByteSink {
  readonly byteLength: number
  overwrite(offsetBytes: number, bytes: Uint8Array): void
}

/** From this size or offset on, zip64 records are written. Lower in tests only. */
export const ZIP64_FROM_BYTES = 0xffffffff

const LOCAL_SIGNATURE = 0x04034b50
const CENTRAL_SIGNATURE = 0x02014b50
const END_SIGNATURE = 0x06054b50
const END64_SIGNATURE = 0x06064b50
const LOCATOR64_SIGNATURE = 0x07064b50
const CRC_FIELD_OFFSET = 14
const MAX_32 = 0xffffffff
const MAX_16 = 0xffff
const VERSION_PLAIN = 20
const VERSION_ZIP64 = 45
const MADE_ON_UNIX = 3 << 8
/** A regular file, rw-r--r--: without it some tools extract files that nobody may read. */
const UNIX_MODE = 0o100644
/** 1980-01-01, the first date there is. No date of ours goes into a file. */
const DOS_DATE = 0x0021

interface Entry {
  readonly name: Uint8Array
  readonly byteLength: number
  readonly offsetBytes: number
  crc: number
}

/**
 * A ZIP archive of stored (not deflated) members, each streamed once: its CRC-32 is filled into its header
 * afterwards. The same members give the same bytes.
 */
export class ZipWriter {
  readonly #sink: PatchableSink
  readonly #zip64FromBytes: number
  readonly #entries: Entry[] = []

  constructor(sink: PatchableSink, zip64FromBytes = ZIP64_FROM_BYTES) {
    this.#sink = sink
    this.#zip64FromBytes = zip64FromBytes
  }

  /** Adds a member of `byteLength` bytes. Throws Internal where `chunks` hold another number; what the sink throws. */
  add(name: string, byteLength: number, chunks: Iterable<Uint8Array>): void {
    for (const _ of this.pieces(name, byteLength, chunks));
  }

  /** As `add`, which goes on from chunk to chunk when it is asked to. */
  *pieces(name: string, byteLength: number, chunks: Iterable<Uint8Array>): Generator<void, void, void> {
    const offsetBytes = this.#sink.byteLength
    const entry: Entry = { name: new TextEncoder().encode(name), byteLength, offsetBytes, crc: 0 }
    this.#sink.write(localHeader(entry, this.#isBig(byteLength)))
    let seen = 0
    for (const chunk of chunks) {
      entry.crc = crc32(chunk, entry.crc)
      this.#sink.write(chunk)
      seen += chunk.byteLength
      yield
    }
    if (seen !== byteLength) {
      const message = `member ${name} was to hold ${counted(byteLength, 'byte')} and got ${seen}`
      throw new LevError('Internal', message)
    }
    this.#sink.overwrite(offsetBytes + CRC_FIELD_OFFSET, fields([4, entry.crc]))
    this.#entries.push(entry)
  }

  /** Writes the directory; nothing may be added after it. */
  finish(): void {
    const startBytes = this.#sink.byteLength
    for (const entry of this.#entries) {
      this.#sink.write(centralHeader(entry, this.#isBig(Math.max(entry.byteLength, entry.offsetBytes))))
    }
    const lengthBytes = this.#sink.byteLength - startBytes
    const isBig = this.#isBig(Math.max(startBytes, lengthBytes)) || this.#entries.length >= MAX_16
    if (isBig) this.#sink.write(end64(this.#entries.length, startBytes, lengthBytes))
    this.#sink.write(end(this.#entries.length, startBytes, lengthBytes, isBig))
  }

  #isBig(byteCount: number): boolean {
    return byteCount >= this.#zip64FromBytes
  }
}

function localHeader({ name, byteLength, crc }: Entry, isBig: boolean): Uint8Array {
  const extra = isBig ? fields([2, 1], [2, 16], [8, byteLength], [8, byteLength]) : fields()
  const size = isBig ? MAX_32 : byteLength
  const head = fields(
    [4, LOCAL_SIGNATURE],
    [2, isBig ? VERSION_ZIP64 : VERSION_PLAIN],
    [2, 0], // flags
    [2, 0], // stored
    [2, 0], // time
    [2, DOS_DATE],
    [4, crc],
    [4, size],
    [4, size],
    [2, name.byteLength],
    [2, extra.byteLength],
  )
  return joined(head, name, extra)
}

function centralHeader({ name, byteLength, offsetBytes, crc }: Entry, isBig: boolean): Uint8Array {
  const extra = isBig ? fields([2, 1], [2, 24], [8, byteLength], [8, byteLength], [8, offsetBytes]) : fields()
  const version = isBig ? VERSION_ZIP64 : VERSION_PLAIN
  const head = fields(
    [4, CENTRAL_SIGNATURE],
    [2, version | MADE_ON_UNIX],
    [2, version],
    [2, 0], // flags
    [2, 0], // stored
    [2, 0], // time
    [2, DOS_DATE],
    [4, crc],
    [4, isBig ? MAX_32 : byteLength],
    [4, isBig ? MAX_32 : byteLength],
    [2, name.byteLength],
    [2, extra.byteLength],
    [2, 0], // comment
    [2, 0], // disk
    [2, 0], // internal attributes
    [2, 0], // external attributes, low half
    [2, UNIX_MODE],
    [4, isBig ? MAX_32 : offsetBytes],
  )
  return joined(head, name, extra)
}

/** The zip64 end record and its locator. */
function end64(entryCount: number, startBytes: number, lengthBytes: number): Uint8Array {
  return fields(
    [4, END64_SIGNATURE],
    [8, 44], // bytes that follow in this record
    [2, VERSION_ZIP64 | MADE_ON_UNIX],
    [2, VERSION_ZIP64],
    [4, 0],
    [4, 0],
    [8, entryCount],
    [8, entryCount],
    [8, lengthBytes],
    [8, startBytes],
    [4, LOCATOR64_SIGNATURE],
    [4, 0],
    [8, startBytes + lengthBytes],
    [4, 1],
  )
}

function end(entryCount: number, startBytes: number, lengthBytes: number, isBig: boolean): Uint8Array {
  return fields(
    [4, END_SIGNATURE],
    [2, 0],
    [2, 0],
    [2, isBig ? MAX_16 : entryCount],
    [2, isBig ? MAX_16 : entryCount],
    [4, isBig ? MAX_32 : lengthBytes],
    [4, isBig ? MAX_32 : startBytes],
    [2, 0], // comment
  )
}

/** Little-endian fields of 2, 4 or 8 bytes, one after another. */
function fields(...list: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(list.reduce((sum, [width]) => sum + width, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const [width, value] of list) {
    if (width === 2) view.setUint16(offset, value, true)
    else if (width === 4) view.setUint32(offset, value, true)
    else view.setBigUint64(offset, BigInt(value), true)
    offset += width
  }
  return bytes
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
