import { setImmediate } from 'node:timers/promises'
import type { UniversalSet } from '@levattention/core'
import {
  fileState,
  kindOf,
  LevError,
  OPEN_PART,
  originOf,
  type PartFile,
  partOfAnswer,
  requireUniversal,
  type SummaryPart,
  tryingEntries,
  type UniversalSet as WholeSet,
} from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import { partOfSet } from '../jobs/merge.ts'
import { byTurns } from '../tasks/by-turns.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { sharedByTurns } from '../tasks/shared-memory.ts'

/** A universal set of some rows, the path of a .lev, or its bytes: what `toBytes` of a summary gives, too. */
export type MergePart = UniversalSet | string | Uint8Array

/** How parts get the ids of their rows, by what they are made of. */
export const PLACED_BY = '`rowOffset` of universalSet and `rowStart` of a summary give a part its place'

/** Of trying the numbers of a file, for each byte on one core, roughly. */
const SECONDS_A_BYTE = 4e-8

/** The context of a call of so many seconds. */
type ContextOf = (seconds: number) => Promise<RunContext>

/** The summaries that are to be merged, files opened by threads where that takes long. Throws Option, NotFound, Content, IncompatibleSummary, WorkerLost, Aborted. */
export async function mergeParts(
  given: unknown,
  contextOf: ContextOf,
  signal: AbortSignal | undefined,
): Promise<SummaryPart[]> {
  if (!Array.isArray(given) || given.length === 0) {
    const found = Array.isArray(given) ? 'an empty list' : kindOf(given)
    const message = `merge: its parts are ${found}; give a list, as in lev.merge([universal, 'other.lev', bytes])`
    throw new LevError('Option', message)
  }
  const parts: SummaryPart[] = []
  for (const [index, part] of given.entries()) {
    parts.push(await partOf(`merge: part ${index}`, part, contextOf, signal))
    await setImmediate()
    throwIfAborted(signal)
  }
  return parts
}

async function partOf(
  name: string,
  part: unknown,
  contextOf: ContextOf,
  signal: AbortSignal | undefined,
): Promise<SummaryPart> {
  if (typeof part === 'string') return await opened(part, byteLengthAt(part), contextOf)
  if (part instanceof Uint8Array) return await opened({ name, bytes: part }, part.byteLength, contextOf)
  requireUniversal(part)
  await byTurns(tryingEntries(part), signal)
  return await partOfSet(name, { universal: part, origin: requireOrigin(name, part) })
}

async function opened(file: PartFile, byteLength: number, contextOf: ContextOf): Promise<SummaryPart> {
  const { engine, signal } = await contextOf(byteLength * SECONDS_A_BYTE)
  const given = engine.workerCount > 0 ? await sharedByTurns(file, signal) : file
  return partOfAnswer(await engine.run(OPEN_PART, given, signal))
}

/** 0 where it is not told: who opens it says why. */
function byteLengthAt(path: string): number {
  try {
    return fileState(path)?.byteLength ?? 0
  } catch {
    return 0
  }
}

/** What `universal` was made of. Throws Option where it does not know. */
export function requireOrigin(name: string, universal: WholeSet) {
  const origin = originOf(universal)
  if (origin !== undefined) return origin
  const message = `${name} is a copy of a universal set, or that of a summary, and does not know what it was made of; give the set itself as lev.universalSet(keys) or openUniversalSet(path) made it, or lev.merge([summary.toBytes()])`
  throw new LevError('Option', message)
}
