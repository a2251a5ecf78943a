import { errorCode } from './system-error.ts'
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
  return refusal('NotFound', file, `${doing}: ${reasonOf(cause)}`, place, cause)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EMFILE: 'too many open files (ulimit -n)',
  ENFILE: 'too many open files',
  EIO: 'the device reports an input/output error (EIO)',
  ESTALE: 'the network file system lost the file (ESTALE)',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENOTDIR: 'a part of the path is not a folder',
}

function reasonOf(cause: unknown): string {
  const code = errorCode(cause)
  if (code !== undefined && code in REASONS) return REASONS[code]
  return cause instanceof Error ? cause.message : String(cause)
}
