import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { crc32 } from './crc32.ts'
import { LevError } from '../errors/errors.ts'
import { requireUnchanged } from './check-member.ts'
import { withInputFile } from './input-file.ts'
import { badContent, causeText, errorCode, unreadable } from './refusal.ts'
import { memberDataOffset, type ZipMember } from './zip-directory.ts'

/** A deflated .npz member that lies inflated in a temporary file, or what of another format was turned into one. The one who asked for it deletes `path`. */
export interface InflatedMember {
  /** The file that it was in. */
  readonly archivePath: string
  /** The array's name. */
  readonly name: string
  /** Where it lies now. */
  readonly path: string
  /** Of `path`, in bytes. */
  readonly byteLength: number
  /** What it was turned from: `comma-separated text (CSV)`. Absent of a member that was inflated. */
  readonly what?: string | undefined
  /** Of what it was turned from: what is left out. */
  readonly leftOut?: string | undefined
  /** Options by which `inflateInput` read the table that it was turned from; an option of `openMatrix` beside it is the same. */
  readonly reading?: Readonly<Record<string, string | undefined>> | undefined
}

interface InflateOptions {
  readonly signal?: AbortSignal | undefined
}

/** No deflate stream expands more than this, so a larger claim is a lie. */
export const MAX_EXPANSION = 1032

/**
 * Inflates `member` into a new file in `folder`, in pieces, checking its CRC and length; returns the file's path. On
 * failure nothing is left. Throws Content (damaged), NotFound (archive unreadable), InputChanged, CannotWrite (folder,
 * disk full), Aborted.
 */
export async function inflateMember(
  archivePath: string,
  member: ZipMember,
  folder: string,
  options: InflateOptions = {},
): Promise<string> {
  const label = `${archivePath}#${member.name.replace(/\.npy$/, '')}`
  const before = withInputFile(archivePath, (file) => ({
    byteLength: file.byteLength,
    mtimeMs: file.mtimeMs,
    start: memberDataOffset(file, member),
  }))
  if (member.compressedBytes === 0 || member.memberBytes > member.compressedBytes * MAX_EXPANSION) {
    const claim = `${member.compressedBytes} compressed bytes cannot hold the ${member.memberBytes} that it claims`
    throw badContent(label, `the archive is damaged: ${claim}`)
  }
  const target = join(folder, `levattention-${randomBytes(8).toString('hex')}.npy`)
  try {
    await inflateInto(target, archivePath, label, member, before.start, options.signal)
    requireUnchanged(archivePath, before)
    return target
  } catch (cause) {
    rmSync(target, { force: true })
    throw inflateFailure(cause, { label, archivePath, folder })
  }
}

async function inflateInto(
  target: string,
  archivePath: string,
  label: string,
  member: ZipMember,
  start: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const inflate = createInflateRaw()
  // Opened here: a stream that opens its file by itself may still do so after an abort, when what it left was removed.
  const fd = openSync(target, 'wx', 0o600)
  await pipeline(
    createReadStream(archivePath, { start, end: start + member.compressedBytes - 1, highWaterMark: 2 ** 18 }),
    inflate,
    (pieces: AsyncIterable<Buffer>) => checkPieces(pieces, member, label),
    createWriteStream(target, { fd }),
    signal === undefined ? {} : { signal },
  )
  if (inflate.bytesWritten !== member.compressedBytes) {
    const rest = member.compressedBytes - inflate.bytesWritten
    throw badContent(
      label,
      `the archive is damaged: ${counted(rest, 'byte')} ${rest === 1 ? 'follows' : 'follow'} the compressed member`,
    )
  }
}

async function* checkPieces(
  pieces: AsyncIterable<Buffer>,
  member: ZipMember,
  label: string,
): AsyncGenerator<Buffer> {
  let byteLength = 0
  let checksum = 0
  for await (const piece of pieces) {
    byteLength += piece.length
    if (byteLength > member.memberBytes) {
      throw badContent(
        label,
        `the archive is damaged: the member is longer than the ${counted(member.memberBytes, 'byte')} that it claims`,
      )
    }
    checksum = crc32(piece, checksum)
    yield piece
  }
  if (byteLength !== member.memberBytes) {
    throw badContent(
      label,
      `the archive is damaged: the member has ${counted(byteLength, 'byte')} and claims ${member.memberBytes}`,
    )
  }
  if (checksum !== member.crc32)
    throw badContent(label, 'the archive is damaged: the checksum (CRC-32) of the member differs')
}

interface InflatePlaces {
  readonly label: string
  readonly archivePath: string
  readonly folder: string
}

function inflateFailure(cause: unknown, places: InflatePlaces): LevError {
  const { label, archivePath, folder } = places
  if (cause instanceof LevError) return cause
  const code = errorCode(cause)
  if (code === 'ABORT_ERR')
    return new LevError(
      'Aborted',
      `${label}: inflating it was stopped`,
      { file: archivePath },
      // Node's own error has the signal's reason as its cause.
      { cause: (cause as Error).cause ?? cause },
    )
  if (code?.startsWith('Z_'))
    return badContent(label, `the archive is damaged: the member cannot be inflated (${code})`)
  const system = cause as { readonly syscall?: string; readonly path?: string }
  if (system.syscall === 'read' || system.path === archivePath)
    return unreadable(archivePath, 'cannot be read', cause)
  const advice = `choose another ${optionText('folder')}, or save the array with numpy.savez (not compressed)`
  const message = `${label} is compressed and cannot be inflated in ${folder}: ${causeText(cause)}; ${advice}`
  return new LevError('CannotWrite', message, { file: folder, option: 'folder' }, { cause })
}
