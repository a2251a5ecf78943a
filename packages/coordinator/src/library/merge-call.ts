import { setImmediate } from 'node:timers/promises'
import type { UniversalSet } from '@levattention/core'
import {
  kindOf,
  levFromBytes,
  LevError,
  originOf,
  requireUniversal,
  type UniversalSet as WholeSet,
} from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import { openPart, partIn, partOfSet, type SummaryPart } from '../jobs/merge.ts'

/** A universal set of some rows, the path of a .lev, or its bytes: what `toBytes` of a summary gives, too. */
export type MergePart = UniversalSet | string | Uint8Array

/** How parts get the ids of their rows, by what they are made of. */
export const PLACED_BY = '`rowOffset` of universalSet and `rowStart` of a summary give a part its place'

/** The summaries that are to be merged; others of this thread come between. Throws Option, NotFound, Content, IncompatibleSummary, Aborted. */
export async function mergeParts(given: unknown, signal: AbortSignal | undefined): Promise<SummaryPart[]> {
  if (!Array.isArray(given) || given.length === 0) {
    const found = Array.isArray(given) ? 'an empty list' : kindOf(given)
    const message = `merge: its parts are ${found}; give a list, as in lev.merge([universal, 'other.lev', bytes])`
    throw new LevError('Option', message)
  }
  const parts: SummaryPart[] = []
  for (const [index, part] of given.entries()) {
    parts.push(await partOf(`merge: part ${index}`, part))
    await setImmediate()
    throwIfAborted(signal)
  }
  return parts
}

async function partOf(name: string, part: unknown): Promise<SummaryPart> {
  if (typeof part === 'string') return openPart(part)
  if (part instanceof Uint8Array) return partIn(name, levFromBytes(part, name))
  requireUniversal(part)
  return await partOfSet(name, { universal: part, origin: requireOrigin(name, part) })
}

/** What `universal` was made of. Throws Option where it does not know. */
export function requireOrigin(name: string, universal: WholeSet) {
  const origin = originOf(universal)
  if (origin !== undefined) return origin
  const message = `${name} is a copy of a universal set, or that of a summary, and does not know what it was made of; give the set itself as lev.universalSet(keys) or openUniversalSet(path) made it, or lev.merge([summary.toBytes()])`
  throw new LevError('Option', message)
}
