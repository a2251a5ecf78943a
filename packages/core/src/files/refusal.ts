import { LevError, type ErrorPlace, type ErrorTag } from '../errors/errors.ts'

/** An error about `file`, whose name begins the message and stands in `place`. */
export function refusal(
  tag: ErrorTag,
  file: string,
  message: string,
  place: ErrorPlace = {},
  cause?: unknown,
): LevError {
  return new LevError(tag, `${file}: ${message}`, { file, ...place }, cause === undefined ? {} : { cause })
}

/** The Content error about the bytes of `file`. */
export function badContent(file: string, message: string): LevError {
  return refusal('Content', file, message)
}

/** The NotFound error for a system call on `file` that failed with `cause`. `doing` as in "cannot be opened". */
export function unreadable(file: string, doing: string, cause: unknown, place: ErrorPlace = {}): LevError {
  return refusal('NotFound', file, `${doing}: ${causeText(cause)}`, place, cause)
}

/** Of inputs and outputs alike. */
const SAID: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the system allows',
  EIO: 'the device reports an input/output error',
  ESTALE: 'the network file system lost the file',
  EPIPE: 'the reader closed the pipe',
  EMFILE: 'more open files than ulimit -n allows',
  ENFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
}

/** The system's code of `error` (ENOENT, ENOSPC ...), undefined where it has none. */
export function errorCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** What the system said, in words. */
export function causeText(error: unknown): string {
  const code = errorCode(error)
  if (code !== undefined && code in SAID) return `${SAID[code]} (${code})`
  return error instanceof Error ? error.message : String(error)
}
