import { counted } from '../errors/counted.ts'
import { createHash } from 'node:crypto'
import { LevError } from '../errors/errors.ts'
import { canonicalMsgpack, type HeaderRecord } from './canonical.ts'
import { ELEMENT_BYTES, elementChunks, type ElementArray } from '../files/elements.ts'
import type { ByteSink } from '../files/output-file.ts'
import {
  CHECKSUM_BYTES,
  LEV_FORMAT_VERSION,
  LEV_KINDS,
  MAX_HEADER_BYTES,
  PREAMBLE_BYTES,
  alignUp,
  encodePreamble,
  type LevKind,
} from './preamble.ts'

/** Element types of a block. u64 is held as Float64Array, exact up to 2^53. */
export type LevDType = 'f64' | 'f32' | 'u64' | 'u32' | 'u8'

/** A named array; `data` whole, or in pieces that are asked for once, in order, and add up to `length`. */
export interface LevBlock {
  readonly name: string
  readonly dtype: LevDType
  /** In elements. */
  readonly length: number
  readonly data: ElementArray | Iterable<ElementArray>
}

export interface LevContent {
  readonly kind: LevKind
  readonly header: HeaderRecord
  readonly blocks: readonly LevBlock[]
}

/**
 * Writes one .lev file (layout: preamble.ts). The same content gives the same bytes.
 * Throws CannotWrite where the header is too long, Internal where the header holds what no file can keep, two blocks share a name, or a block's data
 * are of another type or length than it says; and what `sink.write` throws.
 */
export function writeLev(content: LevContent, sink: ByteSink): void {
  for (const chunk of levChunks(content)) sink.write(chunk)
}

/**
 * What `writeLev` writes, at most 4 MiB at a time: others of this thread may come between. A chunk is used before the next one is asked
 * for. Throws as `writeLev`.
 */
export function* levChunks(content: LevContent): Generator<Uint8Array, void, void> {
  const hash = createHash('sha256')
  for (const chunk of bodyChunks(content)) {
    hash.update(chunk)
    yield chunk
  }
  yield hash.digest()
}

/** The bytes that `writeLev` writes. Throws as it does. */
export function levToBytes(content: LevContent): Uint8Array {
  const bytes = new Uint8Array(layOut(content).totalBytes)
  let offsetBytes = 0
  writeLev(content, {
    write(chunk) {
      bytes.set(chunk, offsetBytes)
      offsetBytes += chunk.byteLength
    },
  })
  return bytes
}

interface Layout {
  readonly header: Uint8Array
  readonly totalBytes: number
}

function layOut({ header: meta, blocks }: LevContent): Layout {
  requireDistinctNames(blocks)
  const header = canonicalMsgpack({
    blocks: blocks.map(({ dtype, length, name }) => ({ dtype, length, name })),
    meta,
  })
  if (header.byteLength > MAX_HEADER_BYTES) {
    const message = `its rows lie in so many ranges that a .lev cannot list them (${counted(header.byteLength, 'byte')}); merge parts that are neighbours first`
    throw new LevError('CannotWrite', message)
  }
  let totalBytes = PREAMBLE_BYTES + alignUp(header.byteLength)
  for (const { dtype, length } of blocks) totalBytes += alignUp(length * ELEMENT_BYTES[dtype])
  return { header, totalBytes: totalBytes + CHECKSUM_BYTES }
}

function requireDistinctNames(blocks: readonly LevBlock[]): void {
  const names = blocks.map((block) => block.name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new LevError('Internal', `two blocks are named ${twice}`)
}

/** All bytes but the checksum. */
function* bodyChunks(content: LevContent): Generator<Uint8Array> {
  const { header, totalBytes } = layOut(content)
  yield encodePreamble({
    formatVersion: LEV_FORMAT_VERSION,
    kindNumber: LEV_KINDS[content.kind],
    headerBytes: header.byteLength,
    blockCount: content.blocks.length,
    totalBytes,
  })
  yield header
  yield padding(header.byteLength)
  for (const block of content.blocks) {
    yield* blockChunks(block)
    yield padding(block.length * ELEMENT_BYTES[block.dtype])
  }
}

function* blockChunks({ name, dtype, length, data }: LevBlock): Generator<Uint8Array> {
  let seen = 0
  for (const piece of ArrayBuffer.isView(data) ? [data] : data) {
    seen += piece.length
    // Checked before the piece goes out: levToBytes has room for `length` elements only.
    if (seen > length) break
    yield* elementChunks(dtype, piece)
  }
  if (seen !== length)
    throw new LevError('Internal', `block ${name} says ${counted(length, 'element')} and got ${seen}`)
}

function padding(byteCount: number): Uint8Array {
  return new Uint8Array(alignUp(byteCount) - byteCount)
}
