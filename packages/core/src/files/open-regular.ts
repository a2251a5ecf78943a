import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  opendirSync,
  readlinkSync,
  type Stats,
  statSync,
} from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { nearNames } from '../errors/near-names.ts'
import { isThere } from './kind-at.ts'
import { fileWord, isTypable } from './typed-code.ts'
import { errorCode, refusal, unreadable } from './refusal.ts'

/** A descriptor of the regular file at `openPath`. A pipe is refused before it is opened: opening one may block for ever. */
export function openRegular(path: string, openPath = path): number {
  let stats
  try {
    stats = statSync(openPath)
  } catch (cause) {
    // A part of its path that is a file leads to nothing as well.
    const isAbsent = ['ENOENT', 'ENOTDIR'].includes(errorCode(cause) ?? '')
    throw isAbsent
      ? refusal('NotFound', path, absence(openPath), {}, cause)
      : unreadable(path, 'cannot be opened', cause)
  }
  requireFile(path, openPath, stats)
  let fd
  try {
    // Should a pipe have taken the file's place meanwhile, opening it does not wait for its writer.
    fd = openSync(openPath, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    throw unreadable(path, 'cannot be opened', cause)
  }
  try {
    requireFile(path, openPath, fstatSync(fd))
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Throws NotFound where `stats` are of no regular file: to read one may take for ever. */
function requireFile(path: string, openPath: string, stats: Stats): void {
  if (stats.isFile()) return
  if (stats.isDirectory()) throw refusal('NotFound', path, folderAdvice(openPath))
  if (stats.isFIFO())
    throw refusal('NotFound', path, 'is a pipe, not a regular file; copy its content into a file first')
  const found = stats.isSocket() ? 'a socket' : 'a device'
  throw refusal('NotFound', path, `is ${found}, not a regular file; name a file`)
}

/** Files that the folders of a Zarr store hold. */
const ZARR_FILES = ['.zarray', '.zgroup', 'zarr.json']

function folderAdvice(folder: string): string {
  const isZarr = ZARR_FILES.some((name) => isThere(join(folder, name)))
  return isZarr
    ? 'is a Zarr store; save its array as .npy first'
    : `is a folder; name a file in it${patternFor(folder)}`
}

/** Extensions of files that are read; of others a folder has no pattern to type but where it holds nothing else. */
const READ = ['.npy', '.npz', '.safetensors', '.csv', '.tsv', '.parquet', '.fvecs', '.bvecs', '.gz']
/** Kinds of files that are told. */
const MOST_KINDS = 3

/** `: its 3 .npy files by ...`: of each kind of file in `folder` the pattern, or the one file; '' where there is none to name. */
function patternFor(folder: string): string {
  const kinds = new Map<string, string[]>()
  for (const name of namesIn(folder)) {
    const extension = extname(name)
    if (extension === '' || name.startsWith('.')) continue
    kinds.set(extension, [...(kinds.get(extension) ?? []), name])
  }
  const known = [...kinds].filter(([extension]) => READ.includes(extension.toLowerCase()))
  const told = (known.length > 0 ? known : [...kinds].filter(([, names]) => names.length > 1))
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, MOST_KINDS)
    .map(([extension, names]) => kindText(folder, extension, names))
    .filter((text) => text !== '')
  return told.length === 0 ? '' : `, or ${told.join(', or ')}`
}

function kindText(folder: string, extension: string, names: readonly string[]): string {
  if (names.length === 1) {
    const only = join(folder, names[0])
    return isTypable(only) ? `its one ${extension} file, \`${fileWord(only)}\`` : ''
  }
  const pattern = join(folder, `*${extension}`)
  return isTypable(pattern)
    ? `its ${names.length} ${extension} files by \`'${pattern.replaceAll("'", `'\\''`)}'\``
    : ''
}

/** Why nothing is found at `path`, and what may be meant. */
function absence(path: string): string {
  const link = linkAt(path)
  return link === undefined ? `not found${nearFiles(path)}` : `a symbolic link to ${link}, which is not there`
}

/** Where the symbolic link `path` points to, undefined where there is none. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined // No link: the caller says that nothing was found.
  }
}

/** How many names of a folder are looked at to suggest one. */
const SUGGESTION_SCAN = 2000

/** `; near names: ...` of the files in the folder of `path`, or where there is no such folder of those in folders of near names. '' where none is near. */
export function nearFiles(path: string): string {
  const near = nearPaths(path)
  return near.length === 0 ? '' : `; near names: ${near.join(', ')}`
}

/** Names that are suggested. */
const SUGGESTED = 3

function nearPaths(path: string): string[] {
  const [folder, name] = [dirname(path), basename(path)]
  const nearIn = (one: string) => nearNames(name, namesIn(one), SUGGESTED).map((found) => join(one, found))
  if (folder === path || isThere(folder)) return nearIn(folder)
  const folders = nearPaths(folder)
  const same = folders.map((one) => join(one, name)).filter(isThere)
  return same.length > 0 ? same : folders.flatMap(nearIn).slice(0, SUGGESTED)
}

function namesIn(folder: string): string[] {
  const names: string[] = []
  let handle
  try {
    handle = opendirSync(folder)
    for (
      let entry = handle.readSync();
      entry !== null && names.length < SUGGESTION_SCAN;
      entry = handle.readSync()
    ) {
      names.push(entry.name)
    }
  } catch {
    // A folder that cannot be listed gives no suggestion; the error about the file itself is thrown by the caller.
  } finally {
    handle?.closeSync()
  }
  return names
}
