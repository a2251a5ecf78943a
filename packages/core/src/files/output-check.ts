import { accessSync, constants, lstatSync, realpathSync, statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import { causeText, errorCode } from './refusal.ts'

export interface OutputOptions {
  /** Replace a file that stands there. */
  readonly force?: boolean
  /** How messages call the file, where it lies in a folder that is still hidden itself. */
  readonly shownAs?: string | undefined
}

/**
 * Checks that output file `path` can be begun, so that a run fails before its work. Nothing is created.
 * Returns the path to write: symbolic links are followed, so that a link stays one.
 * Throws CannotWrite where `path` stands already and `force` is not set, is no regular file (a folder, a device:
 * with `force` as well), or its folder is missing or cannot be written.
 */
export function checkOutput(path: string, { force = false }: OutputOptions = {}): string {
  if (path === '') throw refuse(path, 'the name of the output is empty: name a file')
  const standing = statOf(path)
  if (standing === undefined) {
    checkFolder(path)
    return path
  }
  if (standing.isDirectory()) throw refuse(path, `${path} is a folder: name a file in it`)
  if (!standing.isFile()) {
    throw refuse(
      path,
      `${path} is a device, pipe or socket, not a file: name a file, or - for standard output`,
    )
  }
  if (!force)
    throw refuse(
      path,
      `${path} exists: use another name, or ${optionText('force', true)} to replace it`,
      'force',
    )
  const target = realpathSync(path)
  checkFolder(target)
  return target
}

/** What stands at `path`, undefined where nothing does. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT')
      throw refuse(path, `cannot write ${path}: ${causeText(cause)}`, undefined, cause)
    if (isDanglingLink(path))
      throw refuse(path, `${path} is a symbolic link to nothing: remove it, or name another file`)
    return undefined
  }
}

function isDanglingLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

function checkFolder(path: string): void {
  const folder = dirname(path)
  try {
    if (/[/\\]$/.test(path)) throw refuse(path, `${path} names a folder that does not exist: name a file`)
    requireWritable(folder)
  } catch (cause) {
    if (cause instanceof LevError) throw cause
    throw refuse(path, `cannot write ${path}: ${folderFailure(folder, cause)}`, undefined, cause)
  }
}

/** Throws the system's error where no file can be made in `folder`. */
export function requireWritable(folder: string): void {
  if (!statSync(folder).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' })
  accessSync(folder, constants.W_OK | constants.X_OK)
}

/** Why nothing can be written into `folder`, and what to do. */
export function folderFailure(folder: string, cause: unknown): string {
  const advice =
    errorCode(cause) === 'ENOENT'
      ? `make it first, as with mkdir -p ${folder}`
      : 'name one that can be written'
  return `folder ${folder}: ${causeText(cause)}: ${advice}`
}

function refuse(file: string, message: string, option?: string, cause?: unknown): LevError {
  const place = option === undefined ? { file } : { file, option }
  return new LevError('CannotWrite', message, place, cause === undefined ? {} : { cause })
}
