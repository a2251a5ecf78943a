import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { LevError } from '../errors/errors.ts'
import { badContent, errorCode, unreadable } from './refusal.ts'
import { throwIfStopped } from '../errors/stopped.ts'

const PIECE_BYTES = 2 ** 18

export interface PiecesOptions {
  /** From this byte on: of what was compressed. Default 0. */
  readonly start?: number | undefined
  /** What gzip compressed is inflated on the way. */
  readonly isGzip?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Is told behind each piece how many bytes of the file are read. */
  readonly tell?: ((bytesRead: number) => Promise<void>) | undefined
}

/**
 * The bytes of the file at `openPath`, in order, in pieces that hold until the next is asked for. `path` is its name in messages. Throws
 * NotFound (cannot be read), Content (damaged gzip), Aborted.
 */
export async function* filePieces(
  path: string,
  openPath: string,
  { start = 0, isGzip = false, signal, tell }: PiecesOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const file = createReadStream(openPath, { start: isGzip ? 0 : start, highWaterMark: PIECE_BYTES })
  const bytes = isGzip ? file.pipe(createGunzip({ chunkSize: PIECE_BYTES })) : file
  if (isGzip) file.on('error', (error) => bytes.destroy(error))
  const stop = () => bytes.destroy()
  signal?.addEventListener('abort', stop, { once: true })
  let left = isGzip ? start : 0
  const before = isGzip ? 0 : start
  let failed: { readonly error: unknown } | undefined
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      if (signal?.aborted) break
      if (left < piece.length) yield left > 0 ? piece.subarray(left) : piece
      left = Math.max(0, left - piece.length)
      await tell?.(before + file.bytesRead).catch((error: unknown) => (failed = { error }))
      if (failed !== undefined) break
    }
  } catch (cause) {
    if (!signal?.aborted) throw failure(path, cause)
  } finally {
    signal?.removeEventListener('abort', stop)
    file.destroy()
    bytes.destroy()
  }
  if (failed !== undefined) throw failed.error
  throwIfStopped(signal, path, path)
}

function failure(path: string, cause: unknown): Error {
  if (cause instanceof LevError) return cause
  const code = errorCode(cause)
  if (code === 'Z_BUF_ERROR') return badContent(path, 'truncated: its gzip stream has no end. Copy it again')
  if (code?.startsWith('Z_'))
    return badContent(path, `damaged: it cannot be inflated (${code}). Copy it again`)
  return unreadable(path, 'cannot be read', cause)
}
