import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import { kindAt } from './kind-at.ts'
import { checkOutput } from './output-check.ts'
import { causeText, errorCode } from './refusal.ts'
import { forgetTemporary, removeTemporary, temporaryPath } from './temporaries.ts'
import { isTemporaryName } from './temporary-name.ts'

/** A whole output, synced and closed under a hidden name, and the place that it is for. */
export interface SealedFile {
  /** As the user named it. */
  readonly path: string
  readonly temporary: string
  readonly target: string
  /** Replace what stands at `target`. */
  readonly force: boolean
}

interface Placed {
  readonly file: SealedFile
  /** Where what stood there waits, if anything did. */
  readonly backup: string | undefined
}

/**
 * Puts every file in its place, or none. What can be known is checked before the first rename; what stood there stays
 * under a hidden name until the last one, and comes back where one fails. No signal handler runs in between; a process
 * killed there leaves the old content under its hidden name. On failure the files are removed. Throws CannotWrite, also
 * where a name has been taken since and `force` is not set.
 */
export function placeFiles(files: readonly SealedFile[]): void {
  const placed: Placed[] = []
  try {
    files.forEach(requirePlace)
    for (const { temporary } of files) if (kindAt(temporary) === 'folder') syncFolder(temporary)
    for (const file of files) place(file, files.length > 1, placed)
  } catch (error) {
    const unreturned = placed.reverse().flatMap(putBack)
    for (const { temporary } of files) removeTemporary(temporary)
    if (unreturned.length === 0) throw error
    throw new LevError('CannotWrite', `${messageOf(error)}. ${unreturned.join('. ')}`, {}, { cause: error })
  }
  for (const { file, backup } of placed) {
    forgetTemporary(file.temporary)
    if (backup !== undefined) rmSync(backup, { force: true })
  }
  for (const folder of new Set(files.map(({ target }) => dirname(target)))) {
    // One that is still hidden is synced once, with all that is in it, when it is placed itself.
    if (!isTemporaryName(basename(folder))) syncFolder(folder)
  }
}

/** Throws CannotWrite where a rename is bound to fail, or would replace what it must not. */
function requirePlace(file: SealedFile): void {
  const { path, target, temporary, force } = file
  if (!existsSync(temporary)) throw refuse(path, new Error('its temporary file is gone'))
  if (!force && lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw takenMeanwhile(path)
  checkOutput(target, { force })
}

function place(file: SealedFile, isOneOfSeveral: boolean, placed: Placed[]): void {
  const { path, temporary, target, force } = file
  try {
    const backup = isOneOfSeveral && force && existsSync(target) ? keepBeside(target) : undefined
    if (backup !== undefined) placed.push({ file, backup })
    if (force) renameSync(temporary, target)
    else renameToFreeName(temporary, target)
    if (backup === undefined) placed.push({ file, backup })
  } catch (cause) {
    throw errorCode(cause) === 'EEXIST' ? takenMeanwhile(path, cause) : refuse(path, cause)
  }
}

/** A second name for what stands at `target`; where the file system has none, its only name for the moment. */
function keepBeside(target: string): string {
  const backup = temporaryPath(dirname(target))
  try {
    linkSync(target, backup)
  } catch {
    renameSync(target, backup)
  }
  return backup
}

/** Undoes one placement. What could not be undone is said. Never throws. */
function putBack({ file: { path, target }, backup }: Placed): string[] {
  try {
    if (backup === undefined) rmSync(target, { force: true, recursive: true })
    else if (isSameFile(backup, target)) rmSync(backup)
    else renameSync(backup, target)
    return []
  } catch (cause) {
    const where = backup === undefined ? `${path} is left` : `the former ${path} is in ${backup}`
    return [`${where}: it could not be put back: ${causeText(cause)}`]
  }
}

/** Two names of one file: it was not replaced yet. */
function isSameFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }))
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev
}

/** rename() replaces silently; link() does not. Where the file system has no links, the earlier check must do. */
function renameToFreeName(temporary: string, target: string): void {
  try {
    linkSync(temporary, target)
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST' || errorCode(cause) === 'ENOENT') throw cause
    checkOutput(target, { force: false })
    renameSync(temporary, target)
    return
  }
  removeTemporary(temporary)
}

function takenMeanwhile(path: string, cause?: unknown): LevError {
  const message = `${path} has been written by someone else meanwhile: use another name, or ${optionText('force', true)} to replace it`
  return new LevError('CannotWrite', message, { file: path, option: 'force' }, { cause })
}

function refuse(path: string, cause: unknown): LevError {
  if (cause instanceof LevError) return cause
  const message = `cannot write ${path}: ${causeText(cause)}`
  return new LevError('CannotWrite', message, { file: path }, { cause })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Makes the new name itself survive a power cut. Some file systems cannot sync a folder: then it is theirs to keep. */
function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch {
    // The file itself is whole, synced and in its place.
  }
}
