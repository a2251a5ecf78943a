import { readFileSync } from 'node:fs'
import { placesOf, TARGET } from './places.ts'
import { areOthers } from './sources.ts'
import { hashOf, parseStamp } from './stamp.ts'

/** The addon's path, or why there is none: nobody has built one, or what was built is of no use here. */
export type FoundAddon =
  | { readonly state: 'built'; readonly path: string }
  | { readonly state: 'absent' }
  | { readonly state: 'unusable'; readonly reason: string }

/** Looks; loads nothing. The addon's bytes are those that were built, for this system, of the sources that lie here. */
export function findAddon(environment: NodeJS.ProcessEnv = process.env): FoundAddon {
  const { addon, stamp: stampFile } = placesOf(environment)
  const text = readIfThere(stampFile)?.toString()
  if (text === undefined) return { state: 'absent' }
  const stamp = parseStamp(text)
  if (stamp === undefined) return unusable(`${stampFile} is damaged`)
  if (stamp.target !== TARGET)
    return unusable(`${addon} was built for ${stamp.target}, and this is ${TARGET}`)
  const bytes = readIfThere(addon)
  if (bytes === undefined) return unusable(`${addon} is gone`)
  if (hashOf([bytes]) !== stamp.addon) return unusable(`${addon} is not as it was built`)
  if (areOthers(stamp)) return unusable(`${addon} was built for another version`)
  return { state: 'built', path: addon }
}

function unusable(reason: string): FoundAddon {
  return { state: 'unusable', reason }
}

/** Undefined as well for what cannot be read. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
