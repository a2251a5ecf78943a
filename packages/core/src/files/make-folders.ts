import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes `folder` and those above it that are missing; the uppermost that was made, undefined where all were there. Throws the
 * system's error. Node's own `recursive` tries for ever where a folder that is there takes no others, as /proc.
 */
export function makeFolders(folder: string): string | undefined {
  const missing: string[] = []
  for (let at = folder; statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
    missing.push(at)
  for (const path of missing.toReversed()) makeOne(path)
  // So that a file in its place is told as one.
  if (missing.length === 0) makeOne(folder)
  return missing.at(-1)
}

/** Others may make it at the same moment. */
function makeOne(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
}
