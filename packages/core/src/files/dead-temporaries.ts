import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { removeTemporary } from './temporaries.ts'
import { isNameOfDead, isTemporaryName } from './temporary-name.ts'

/** Longer than anybody writes on one file without a pause: a process on another host that is stopped may still come back. */
const DEAD_AFTER_MS = 24 * 60 * 60 * 1000

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
