import { readdirSync, readFileSync, statSync } from 'node:fs'

// For what is asked before anything of core is loaded, and must not fail.

/** The text of a small file, as of /proc and /sys; undefined where it is not there or cannot be read. */
export function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The size of what is at `path`; 0 where nothing is, or it cannot be looked at. */
export function byteLengthAt(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return 0
  }
}

/** The names in a folder, as of /proc; none where it is not there or cannot be read. */
export function namesAt(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
