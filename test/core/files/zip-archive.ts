import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { npyHeader } from '@levattention/core/internal'
import { temporaryFolder } from '../inputs/fixtures.ts'

/** A member to be written, with whatever lies the test needs. */
export interface Member {
  readonly name: string
  readonly data: Uint8Array
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  readonly memberBytes?: number
  readonly compressedBytes?: number
  readonly localName?: string
  /** Where the directory says that the member begins. */
  readonly localOffset?: number
  /** Bytes instead of the stored or deflated `data`. */
  readonly content?: Uint8Array
}

/** The .npy bytes of a column of numbers, [n, 1] float32. */
export function column(...values: number[]): Buffer {
  return Buffer.concat([
    npyHeader('<f4', [values.length, 1]),
    new Uint8Array(Float32Array.from(values).buffer),
  ])
}

/** Writes a .zip archive by the format's definition and returns its path. */
export function writeArchive(members: readonly Member[], name = 'keys.npz'): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, archiveBytes(members))
  return path
}

export function archiveBytes(members: readonly Member[]): Buffer {
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const member of members) {
    const { data, method = 0, flags = 0, localName = member.name } = member
    const content = member.content ?? (method === 8 ? deflateRawSync(data) : data)
    const fields = Buffer.alloc(26) // from "version needed" to the length of the extra field
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(flags, 2)
    fields.writeUInt16LE(method, 4)
    fields.writeUInt32LE(member.crc ?? crc32(data), 10)
    fields.writeUInt32LE(member.compressedBytes ?? content.length, 14)
    fields.writeUInt32LE(member.memberBytes ?? data.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(member.name), 22)
    const local = Buffer.from(fields)
    local.writeUInt16LE(Buffer.byteLength(localName), 22)
    const where = Buffer.alloc(14)
    where.writeUInt32LE(member.localOffset ?? offset, 10)
    pieces.push(Buffer.from('PK\x03\x04'), local, Buffer.from(localName), Buffer.from(content))
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, where, Buffer.from(member.name))
    offset += 30 + Buffer.byteLength(localName) + content.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(members.length, 4)
  end.writeUInt16LE(members.length, 6)
  end.writeUInt32LE(entries.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...pieces, entries, Buffer.from('PK\x05\x06'), end])
}
