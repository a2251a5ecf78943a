import type { Readable } from 'node:stream'
import { causeText, isLevError, LevError, PIPE } from '@levattention/core/internal'
import { abortedError } from '../aborts/abort.ts'

/** How a stream is called in messages and in the summary. */
export const STREAM = { name: 'standard input', path: PIPE }

/** The pieces of `bytes` as they come: no more is read than is asked for. Throws Aborted, NotFound (cannot be read). */
export async function* piecesOf(
  bytes: Readable,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const stop = () => bytes.destroy()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for await (const piece of bytes) {
      if (signal?.aborted) break
      yield piece as Uint8Array
    }
  } catch (cause) {
    if (!signal?.aborted) {
      const message = `${STREAM.name}: cannot be read: ${causeText(cause)}`
      throw new LevError('NotFound', message, { file: STREAM.name }, { cause })
    }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  if (signal?.aborted) throw abortedError(signal)
}

/** `error`, in which what came through a pipe is called so. */
export function withPipeName(error: unknown): unknown {
  if (!isLevError(error) || error.place.file !== STREAM.path) return error
  const message = error.message.replace(/^-(?=[:#])/, STREAM.name)
  return new LevError(error.tag, message, { ...error.place, file: STREAM.name }, { cause: error })
}
