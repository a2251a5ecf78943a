import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashOf, type SeenSource, type Stamp } from './stamp.ts'

/** What C++ is compiled. The folder is no package's root: npm compiles a binding.gyp that lies there at every install. */
export const SOURCES = fileURLToPath(new URL('../addon/', import.meta.url))

/** From SOURCES, sorted. Throws where they are not there. */
export function sourceNames(): string[] {
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => /\.(?:cc|h|gyp)$/.test(name)).toSorted()
}

/** Of the files of SOURCES, each behind its name. */
export function hashSources(names: readonly string[]): string {
  return hashOf(names.flatMap((name) => [name, readFileSync(join(SOURCES, name))]))
}

export function seeSources(names: readonly string[]): SeenSource[] {
  return names.map((name) => {
    const { size, mtimeMs } = statSync(join(SOURCES, name))
    return [name, size, mtimeMs]
  })
}

/** Was the addon built of other sources than lie here? False where none do: a program may have been bundled without them. */
export function areOthers({ inputs, seen = [] }: Stamp): boolean {
  try {
    const looksSame = ([name, byteLength, changedMs]: SeenSource) => {
      const { size, mtimeMs } = statSync(join(SOURCES, name))
      return size === byteLength && mtimeMs === changedMs
    }
    // A file that is new is included by one that has changed.
    if (seen.length > 0 && seen.every(looksSame)) return false
    return hashSources(sourceNames()) !== inputs
  } catch {
    return false
  }
}
