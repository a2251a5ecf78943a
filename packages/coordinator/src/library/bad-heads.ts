import { LevError, type OptionKind } from '@levattention/core/internal'
import { Listener } from '../aborts/listener.ts'
import type { HeadWatch } from '../inputs/finite-heads.ts'
import type { SkippedHead } from '../job/skipped-heads.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { isHeads, type Source } from './sources.ts'

/** What calls over heads take. */
export interface HeadsCall {
  /**
   * A head with a NaN or infinity is left out: true, or a function that is told of each. Default: such heads are refused by their names
   * before any work.
   */
  readonly skipBadHeads?: boolean | ((head: SkippedHead) => unknown) | undefined
}

export const SKIPPING: OptionKind = {
  wanted: 'true or false, or a function that is told of each head that is left out',
  holds: (value) => typeof value === 'boolean' || typeof value === 'function',
}

/** Throws Option where heads are to be left out of matrices. */
export function requireHeadsFor(call: string, { skipBadHeads }: HeadsCall, source: Source): void {
  if (skipBadHeads === undefined || isHeads(source)) return
  const message = `${call}: \`skipBadHeads\` is about heads of openHeads, and these are matrices; leave it out`
  throw new LevError('Option', message, { option: 'skipBadHeads' })
}

/** What looks at heads before the work of a call. */
export function watchOf({ signal, stats, onProgress }: RunContext): HeadWatch {
  return { signal, stats, progress: (progress) => onProgress?.(progress) }
}

/** Tells the caller which heads are left out. Throws Option where that fails. */
export async function tellSkipped(
  { skipBadHeads }: HeadsCall,
  skipped: readonly SkippedHead[],
  { signal }: RunContext,
): Promise<void> {
  if (typeof skipBadHeads !== 'function') return
  const listener = new Listener(skipBadHeads, undefined, 'skipBadHeads')
  for (const head of skipped) listener.tell(head)
  await listener.settled(signal)
}
