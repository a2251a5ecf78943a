import { statSync } from 'node:fs'

/** 'unknown' where the system does not say: opening the file tells why. */
type KindAt = 'file' | 'folder' | 'other' | 'nothing' | 'unknown'

/** What is at `path`, symbolic links followed. Never throws. */
export function kindAt(path: string | URL): KindAt {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return 'nothing'
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other'
  } catch {
    return 'unknown'
  }
}

/** Is something at `path`, whatever it is? Never throws. */
export function isThere(path: string | URL): boolean {
  return !['nothing', 'unknown'].includes(kindAt(path))
}
