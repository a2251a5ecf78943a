import { readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isNameOfDead, isTemporaryName, temporaryName } from './temporary-name.ts'

/** Longer than anybody writes on one file without a pause: a process on another host that is stopped may still come back. */
const DEAD_AFTER_MS = 24 * 60 * 60 * 1000

// Paths, so that a signal handler can remove them without knowing who writes them.
const openPaths = new Set<string>()

/** The system's folder for temporary files. */
export function systemTemporaries(): string {
  return tmpdir()
}

/** A hidden path in `folder` that nobody else uses. */
export function temporaryPath(folder: string): string {
  return join(folder, temporaryName())
}

/** From now on `removeOpenTemporaries` removes `path`. */
export function registerTemporary(path: string): void {
  openPaths.add(path)
}

/** Removes the file or folder `path` where it still stands, and forgets it. Never throws: it runs on ways out. */
export function removeTemporary(path: string): void {
  openPaths.delete(path)
  try {
    rmSync(path, { force: true, recursive: true })
  } catch {
    // The folder itself may be gone or have become read-only; there is nothing better to do.
  }
}

/** `path` was renamed to its final name: forget it. */
export function forgetTemporary(path: string): void {
  openPaths.delete(path)
}

/**
 * Removes every unfinished output and spill file of this thread, at once: for signal handlers and `exit`.
 * An output still being written then fails at its commit. Never throws.
 */
export function removeOpenTemporaries(): void {
  for (const path of openPaths) removeTemporary(path)
}

/**
 * Removes the unfinished files in `folder` whose writers are dead for certain: processes of this place that are gone, and
 * whatever nobody has written to for a day. Those of the living stay. Never throws: what cannot be removed does no harm.
 */
export function removeDeadTemporaries(folder: string): void {
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    if (isTemporaryName(name) && (isNameOfDead(name) || isOld(path))) removeTemporary(path)
  }
}

function isOld(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > DEAD_AFTER_MS
  } catch {
    // Renamed or removed meanwhile.
    return false
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
