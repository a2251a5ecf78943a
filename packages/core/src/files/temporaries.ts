import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryName } from './temporary-name.ts'

// Paths, so that a signal handler can remove them without knowing who writes them.
const openPaths = new Set<string>()

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
