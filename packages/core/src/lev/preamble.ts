/*
 * THE byte table of .lev files. Everything is little-endian.
 *
 *   offset  type   what
 *        0  u8[8]  magic: 89 4C 45 56 0D 0A 1A 0A (text transfers and 7-bit channels break it)
 *        8  u16    format version
 *       10  u16    kind: LEV_KINDS
 *       12  u32    header length H in bytes
 *       16  u32    block count
 *       20  u32    0
 *       24  u64    total length T of the file in bytes, checksum included
 *       32  u8[32] 0
 *       64  u8[H]  header: one msgpack map {blocks: [{dtype, length, name}], meta: {...}}, keys sorted
 *                  zeros up to a multiple of 64
 *        …  block  `length` elements of `dtype` (f64, f32, u64, u32, u8), in the header's order,
 *                  each block followed by zeros up to a multiple of 64
 *   T - 32  u8[32] SHA-256 of bytes [0, T - 32)
 *
 * True of every version, past and future: the magic, the version's place, the checksum's place and reach.
 */
export const LEV_MAGIC: readonly number[] = [0x89, 0x4c, 0x45, 0x56, 0x0d, 0x0a, 0x1a, 0x0a]
export const LEV_FORMAT_VERSION = 1
export const PREAMBLE_BYTES = 64
const BLOCK_ALIGN_BYTES = 64
export const CHECKSUM_BYTES = 32
/**
 * Room for 100,000 ranges of rows, which is what makes a header long; a longer one is neither written nor read.
 */
export const MAX_HEADER_BYTES = 2 * 1024 * 1024

/** What a .lev file holds. Numbers are for ever: add at the end, never reuse. */
export const LEV_KINDS = {
  universal: 1, // U: factor, row ids, bounds, keys
  summary: 2, // a shard's or a merge's key summary
  factor: 3, // what a factor pass hands on to the next pass
} as const
export type LevKind = keyof typeof LEV_KINDS

/** The fixed fields; see the table above. */
export interface Preamble {
  readonly formatVersion: number
  readonly kindNumber: number
  readonly headerBytes: number
  readonly blockCount: number
  readonly totalBytes: number
  /** True where the places that hold zeros do. */
  readonly isBlank: boolean
}

/** The 64 bytes of `preamble`. */
export function encodePreamble(preamble: Omit<Preamble, 'isBlank'>): Uint8Array {
  const bytes = new Uint8Array(PREAMBLE_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(LEV_MAGIC, 0)
  view.setUint16(8, preamble.formatVersion, true)
  view.setUint16(10, preamble.kindNumber, true)
  view.setUint32(12, preamble.headerBytes, true)
  view.setUint32(16, preamble.blockCount, true)
  view.setBigUint64(24, BigInt(preamble.totalBytes), true)
  return bytes
}

/** The fields of the first 64 `bytes`; nothing is checked. `totalBytes` above 2^53 loses low bits. */
export function decodePreamble(bytes: Uint8Array): Preamble {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREAMBLE_BYTES)
  return {
    formatVersion: view.getUint16(8, true),
    kindNumber: view.getUint16(10, true),
    headerBytes: view.getUint32(12, true),
    blockCount: view.getUint32(16, true),
    totalBytes: Number(view.getBigUint64(24, true)),
    isBlank: view.getUint32(20, true) === 0 && bytes.subarray(32, PREAMBLE_BYTES).every((byte) => byte === 0),
  }
}

/** True where `bytes` begin with the magic (or as much of it as there are bytes, at least one). */
export function hasLevMagic(bytes: Uint8Array): boolean {
  const seen = bytes.subarray(0, LEV_MAGIC.length)
  return seen.length > 0 && seen.every((byte, i) => byte === LEV_MAGIC[i])
}

/** The kind with this number, undefined where this version knows none. */
export function kindOfNumber(kindNumber: number): LevKind | undefined {
  const entry = Object.entries(LEV_KINDS).find(([, number]) => number === kindNumber)
  return entry?.[0] as LevKind | undefined
}

/** `byteCount` rounded up to a multiple of 64. */
export function alignUp(byteCount: number): number {
  return Math.ceil(byteCount / BLOCK_ALIGN_BYTES) * BLOCK_ALIGN_BYTES
}
