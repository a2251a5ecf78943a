import type { UniversalSet } from '../universal/universal-set.ts'
import type { MergeRecord } from './merge-record.ts'

/** Beside what a set shows of itself: copies for threads leave it behind. */
const ORIGIN = Symbol('what merging and saving the set takes')

interface Originated {
  readonly [ORIGIN]?: MergeRecord
}

/** `universal`, which from now on knows what it was made of. */
export function withOrigin(universal: UniversalSet, origin: MergeRecord): UniversalSet {
  return Object.defineProperty(universal, ORIGIN, { value: origin, enumerable: false })
}

/** What `universal` was made of; undefined of a copy, and of the set of a summary, which says so itself. */
export function originOf(universal: UniversalSet): MergeRecord | undefined {
  return (universal as Originated)[ORIGIN]
}
