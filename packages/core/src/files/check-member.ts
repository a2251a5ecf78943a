import { open, type FileHandle } from 'node:fs/promises'
import { crc32 } from './crc32.ts'
import { LevError } from '../errors/errors.ts'
import { type FileState, fileState, isSameState } from './watched-file.ts'
import { withInputFile } from './input-file.ts'
import { badContent, refusal, unreadable } from './refusal.ts'
import { memberDataOffset, type ZipMember } from './zip-directory.ts'
import { throwIfStopped } from '../errors/stopped.ts'

interface CheckOptions {
  readonly signal?: AbortSignal | undefined
}

const PIECE_BYTES = 2 ** 20

/**
 * Reads a stored member once, in order, and compares its CRC-32: as NumPy does when it loads one. Rows are read later by
 * position, by several threads, column-major ones in pieces that no running checksum could follow; and a checksum tried
 * at the end would let a run do all its work on damaged keys. Throws Content (damaged), NotFound, InputChanged, Aborted.
 */
export async function checkMember(
  archivePath: string,
  member: ZipMember,
  { signal }: CheckOptions = {},
): Promise<void> {
  const before = withInputFile(archivePath, (file) => ({
    byteLength: file.byteLength,
    mtimeMs: file.mtimeMs,
    start: memberDataOffset(file, member),
  }))
  const label = `${archivePath}#${member.name.replace(/\.npy$/, '')}`
  const checksum = await checksumOf(archivePath, before.start, member.memberBytes, label, signal)
  requireUnchanged(archivePath, before)
  if (checksum !== member.crc32) {
    throw badContent(
      label,
      'the archive is damaged: the checksum (CRC-32) of the member differs. Copy it again, or save it again',
    )
  }
}

/** Throws InputChanged where the file is no longer as it was seen `before`. */
export function requireUnchanged(path: string, before: FileState): void {
  if (isSameState(fileState(path), before)) return
  throw refusal('InputChanged', path, 'changed while it was read. Start again once nothing writes to it')
}

async function checksumOf(
  path: string,
  start: number,
  byteLength: number,
  label: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    return await pieceByPiece(handle, start, byteLength, label, signal)
  } catch (cause) {
    if (cause instanceof LevError) throw cause
    throw unreadable(path, 'cannot be read', cause)
  } finally {
    await handle?.close()
  }
}

/** The system reads a piece while the one before is summed. */
async function pieceByPiece(
  handle: FileHandle,
  start: number,
  byteLength: number,
  label: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const buffers = [new Uint8Array(PIECE_BYTES), new Uint8Array(PIECE_BYTES)]
  const next = (done: number, turn: number) =>
    handle.read(buffers[turn % 2], 0, Math.min(PIECE_BYTES, byteLength - done), start + done)
  let checksum = 0
  let reading = next(0, 0)
  for (let done = 0, turn = 0; done < byteLength; turn++) {
    const { bytesRead } = await reading
    throwIfStopped(signal, label)
    if (bytesRead === 0) throw refusal('InputChanged', label, 'became shorter while it was read; start again')
    done += bytesRead
    if (done < byteLength) reading = next(done, turn + 1)
    checksum = crc32(buffers[turn % 2].subarray(0, bytesRead), checksum)
  }
  return checksum
}
