import { counted } from '../errors/counted.ts'
import type { InputFile } from './input-file.ts'
import { badContent } from './refusal.ts'

/** A member of a .zip or .npz archive, as the central directory describes it. */
export interface ZipMember {
  readonly name: string
  /** 0 stored, 8 deflated; others are listed but not read. */
  readonly method: number
  readonly encrypted: boolean
  readonly crc32: number
  readonly compressedBytes: number
  readonly memberBytes: number
  readonly localHeaderOffset: number
  /** Where the central directory begins: every member ends at or before it. */
  readonly directoryOffset: number
}

const SIGNATURE = {
  local: 0x04034b50,
  member: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator: 0x07064b50,
}
const END_BYTES = 22
const LOCATOR_BYTES = 20
const END64_BYTES = 56
const MEMBER_BYTES = 46
const LOCAL_BYTES = 30
const MAX_COMMENT_BYTES = 65_535
/** The directory of 500,000 arrays. A longer one is refused instead of being loaded. */
const MAX_DIRECTORY_BYTES = 2 ** 26

/**
 * All members, from the central directory, zip64 included. Throws Content (no archive, damaged, several volumes, a
 * directory of more than `maxBytes`).
 */
export function readZipDirectory(file: InputFile, maxBytes = MAX_DIRECTORY_BYTES): ZipMember[] {
  const place = locateDirectory(file)
  const { offsetBytes, byteLength, memberCount } = place
  if (byteLength > maxBytes) {
    throw badContent(
      file.path,
      `an archive directory of ${counted(byteLength, 'byte')}; at most ${maxBytes} are read`,
    )
  }
  const view = viewOf(file.bytes(offsetBytes, byteLength))
  const members: ZipMember[] = []
  let at = 0
  while (at < byteLength) {
    const { member, end } = readMember(file.path, view, at, offsetBytes)
    members.push(member)
    at = end
  }
  if (members.length !== memberCount) {
    throw damaged(
      file.path,
      `it announces ${counted(memberCount, 'member')}, its directory lists ${members.length}`,
    )
  }
  return members
}

/**
 * Position of the member's bytes, from its local header. Throws Content where the two headers disagree or the bytes
 * would reach into the directory.
 */
export function memberDataOffset(file: InputFile, member: ZipMember): number {
  const { localHeaderOffset: start, directoryOffset, name } = member
  if (start + LOCAL_BYTES > directoryOffset)
    throw damaged(file.path, `member ${name} lies behind the directory`)
  const view = viewOf(file.bytes(start, LOCAL_BYTES))
  if (view.getUint32(0, true) !== SIGNATURE.local)
    throw damaged(file.path, `member ${name} is not at byte ${start}`)
  const nameBytes = view.getUint16(26, true)
  const dataOffset = start + LOCAL_BYTES + nameBytes + view.getUint16(28, true)
  if (dataOffset + member.compressedBytes > directoryOffset) {
    throw damaged(file.path, `member ${name} reaches into the directory`)
  }
  const flags = view.getUint16(6, true)
  const localName = decodeName(file.bytes(start + LOCAL_BYTES, nameBytes), flags)
  if (localName !== name || view.getUint16(8, true) !== member.method) {
    throw damaged(file.path, `the header of member ${name} does not agree with the directory`)
  }
  return dataOffset
}

interface DirectoryPlace {
  readonly offsetBytes: number
  readonly byteLength: number
  readonly memberCount: number
}

function locateDirectory(file: InputFile): DirectoryPlace {
  const { position: end, view } = findEnd(file)
  const place = {
    memberCount: view.getUint16(10, true),
    byteLength: view.getUint32(12, true),
    offsetBytes: view.getUint32(16, true),
  }
  const saturated =
    place.memberCount === 0xffff || place.byteLength === 0xffffffff || place.offsetBytes === 0xffffffff
  const end64 = readEnd64(file, end)
  if (saturated && end64 === undefined) throw damaged(file.path, 'its zip64 locator is missing')
  if (view.getUint32(4, true) !== 0 && end64 === undefined)
    throw damaged(file.path, 'it is one volume of several')
  const found = end64 ?? { ...place, directoryEnd: end }
  if (found.offsetBytes + found.byteLength !== found.directoryEnd) {
    throw damaged(
      file.path,
      `its directory does not end where the end record begins (byte ${found.directoryEnd})`,
    )
  }
  return found
}

/** The end record is the last thing in the file, but for a comment whose length it states. */
function findEnd(file: InputFile): { position: number; view: DataView } {
  const tailBytes = Math.min(file.byteLength, END_BYTES + MAX_COMMENT_BYTES)
  const tail = file.bytes(file.byteLength - tailBytes, tailBytes)
  const view = viewOf(tail)
  for (let at = tailBytes - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== SIGNATURE.end) continue
    if (at + END_BYTES + view.getUint16(at + 20, true) !== tailBytes) continue
    return { position: file.byteLength - tailBytes + at, view: viewOf(tail.subarray(at)) }
  }
  throw badContent(
    file.path,
    'truncated, followed by other bytes, or no .npz archive: its end record is missing. Copy it again',
  )
}

/** The zip64 end record, undefined where no locator stands before the end record. */
function readEnd64(file: InputFile, end: number): (DirectoryPlace & { directoryEnd: number }) | undefined {
  const locatorAt = end - LOCATOR_BYTES
  if (locatorAt < END64_BYTES) return undefined
  const locator = viewOf(file.bytes(locatorAt, LOCATOR_BYTES))
  if (locator.getUint32(0, true) !== SIGNATURE.locator) return undefined
  const directoryEnd = uint64(file.path, locator, 8)
  if (directoryEnd + END64_BYTES > locatorAt) throw damaged(file.path, 'its zip64 end record is misplaced')
  const view = viewOf(file.bytes(directoryEnd, END64_BYTES))
  if (
    view.getUint32(0, true) !== SIGNATURE.end64 ||
    directoryEnd + 12 + uint64(file.path, view, 4) !== locatorAt
  ) {
    throw damaged(file.path, 'its zip64 end record is damaged')
  }
  return {
    memberCount: uint64(file.path, view, 32),
    byteLength: uint64(file.path, view, 40),
    offsetBytes: uint64(file.path, view, 48),
    directoryEnd,
  }
}

function readMember(
  path: string,
  view: DataView,
  at: number,
  directoryOffset: number,
): { member: ZipMember; end: number } {
  if (at + MEMBER_BYTES > view.byteLength || view.getUint32(at, true) !== SIGNATURE.member) {
    throw damaged(path, `its directory has no entry at byte ${directoryOffset + at}`)
  }
  const nameEnd = at + MEMBER_BYTES + view.getUint16(at + 28, true)
  const extraEnd = nameEnd + view.getUint16(at + 30, true)
  const end = extraEnd + view.getUint16(at + 32, true)
  if (end > view.byteLength)
    throw damaged(path, `its directory entry at byte ${directoryOffset + at} is cut off`)
  const flags = view.getUint16(at + 8, true)
  const name = decodeName(bytesOf(view, at + MEMBER_BYTES, nameEnd), flags)
  const extra = new DataView(view.buffer, view.byteOffset + nameEnd, extraEnd - nameEnd)
  const sizes = memberSizes(path, name, view, at, extra)
  const encrypted = (flags & 1) !== 0
  const method = view.getUint16(at + 10, true)
  return {
    member: { name, method, encrypted, crc32: view.getUint32(at + 16, true), ...sizes, directoryOffset },
    end,
  }
}

type MemberSizes = Pick<ZipMember, 'compressedBytes' | 'memberBytes' | 'localHeaderOffset'>

/** 32-bit fields that are all ones stand in the zip64 extra field, in this order. */
function memberSizes(path: string, name: string, view: DataView, at: number, extra: DataView): MemberSizes {
  const zip64 = zip64Field(extra)
  let next = 0
  const read = (offset: number): number => {
    const value = view.getUint32(at + offset, true)
    if (value !== 0xffffffff) return value
    if (zip64 === undefined || next + 8 > zip64.byteLength)
      throw damaged(path, `the zip64 sizes of member ${name} are missing`)
    next += 8
    return uint64(path, zip64, next - 8)
  }
  const memberBytes = read(24)
  const compressedBytes = read(20)
  return { memberBytes, compressedBytes, localHeaderOffset: read(42) }
}

function zip64Field(extra: DataView): DataView | undefined {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const byteLength = extra.getUint16(at + 2, true)
    if (at + 4 + byteLength > extra.byteLength) return undefined
    if (extra.getUint16(at, true) === 1)
      return new DataView(extra.buffer, extra.byteOffset + at + 4, byteLength)
    at += 4 + byteLength
  }
  return undefined
}

/** UTF-8 where flag bit 11 says so. Else code page 437, of which only the ASCII part is common: latin1 shows the rest. */
function decodeName(bytes: Uint8Array, flags: number): string {
  return Buffer.from(bytes).toString((flags & 0x800) === 0 ? 'latin1' : 'utf8')
}

function uint64(path: string, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw damaged(path, `it states a size of ${counted(value, 'byte')}`)
  return Number(value)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function bytesOf(view: DataView, start: number, end: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, end - start)
}

function damaged(path: string, what: string): Error {
  return badContent(path, `the archive is damaged: ${what}`)
}
