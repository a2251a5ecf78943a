import { closeSync, fstatSync, type Stats, statSync } from 'node:fs'
import { counted } from '../errors/counted.ts'
import type { ErrorPlace, LevError } from '../errors/errors.ts'
import { readFully } from './input-file.ts'
import { openRegular } from './open-regular.ts'
import { refusal, unreadable } from './refusal.ts'

/** What a file is known by without being read. */
export interface FileState {
  readonly byteLength: number
  readonly mtimeMs: number
}

/** Of what is at `path` now, undefined where nothing is. Throws the system's error. */
export function fileState(path: string): FileState | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats && stateOf(stats)
}

function stateOf({ size, mtimeMs }: Stats): FileState {
  return { byteLength: size, mtimeMs }
}

/** Is `now` what was seen before? */
export function isSameState(now: FileState | undefined, before: FileState): boolean {
  return now?.byteLength === before.byteLength && now.mtimeMs === before.mtimeMs
}

/** Throws InputChanged where the file under that name is no longer the one that was described. */
export function requireSameFile(described: DescribedFile): void {
  let now
  try {
    now = fileState(described.inflatedPath ?? described.path)
  } catch {
    // What cannot be looked at any more is another one.
  }
  if (!isSameState(now, described))
    throw changed(described.path, now === undefined ? 'is gone' : 'was written to')
}

/** The file's state is compared after so many bytes read: a stat costs about a tenth of reading them from the page cache. */
const CHECK_BYTES = 2 ** 20

/** A file as it was when it was described. */
interface DescribedFile extends FileState {
  /** As the user named it. */
  readonly path: string
  /** Where the bytes lie instead, if not there. */
  readonly inflatedPath?: string
}

/** A file read by position, which must stay what it was when it was described. Opens on construction. */
export class WatchedFile {
  readonly #described: DescribedFile
  readonly #file: number
  #bytesSinceCheck = 0

  /** Throws NotFound (it cannot be opened), InputChanged (it is gone, or another one). */
  constructor(described: DescribedFile) {
    this.#described = described
    this.#file = openDescribed(described)
    try {
      this.#requireSame(stateOf(fstatSync(this.#file)))
    } catch (error) {
      closeSync(this.#file)
      throw error
    }
  }

  /** As `readFully`. */
  read(position: number, into: Uint8Array, failure: (cause: unknown, position: number) => Error): number {
    const byteLength = readFully(this.#file, into, position, failure)
    this.#bytesSinceCheck += byteLength
    return byteLength
  }

  /** As `check`, where enough was read since the last one. */
  checkWhenDue(): void {
    if (this.#bytesSinceCheck >= CHECK_BYTES) this.check()
  }

  /** Throws InputChanged where the file under that name is no longer the one that was described. */
  check(): void {
    const { path, inflatedPath = path } = this.#described
    this.#bytesSinceCheck = 0
    let now
    try {
      now = fileState(inflatedPath)
    } catch (cause) {
      throw unreadable(path, 'cannot be checked for changes', cause)
    }
    this.#requireSame(now)
  }

  /** Closes the file, then checks it where anything was read since the last check. */
  close(): void {
    closeSync(this.#file)
    if (this.#bytesSinceCheck > 0) this.check()
  }

  #requireSame(now: FileState | undefined): void {
    const { path, byteLength, mtimeMs } = this.#described
    if (now === undefined) throw changed(path, 'is gone')
    if (now.byteLength !== byteLength)
      throw changed(path, `had ${counted(byteLength, 'byte')}, now has ${now.byteLength}`)
    if (now.mtimeMs !== mtimeMs) {
      const [before, after] = [mtimeMs, now.mtimeMs].map((ms) => new Date(ms).toISOString())
      throw changed(path, `was written at ${before}, now at ${after}`)
    }
  }
}

function openDescribed({ path, inflatedPath = path }: DescribedFile): number {
  try {
    return openRegular(path, inflatedPath)
  } catch (error) {
    // It was there when it was described.
    throw isGone(inflatedPath) ? changed(path, 'is gone') : error
  }
}

function isGone(path: string): boolean {
  try {
    return fileState(path) === undefined
  } catch {
    return false
  }
}

/** The InputChanged error about a file that is read during a run. */
export function changed(path: string, what: string, place: ErrorPlace = {}): LevError {
  const message = `changed during the run: it ${what}. Start again once nothing writes to it`
  return refusal('InputChanged', path, message, place)
}
