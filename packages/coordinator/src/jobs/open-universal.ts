import { openLev, type UniversalFile, universalFrom } from '@levattention/core/internal'

/** The universal set in the .lev at `path`. Throws NotFound, Content (damaged, no universal set). */
export function openUniversal(path: string): UniversalFile {
  const file = openLev(path)
  try {
    return universalFrom(file)
  } finally {
    file.close()
  }
}
