import { LevError, optionText, type Rule } from '@levattention/core/internal'
import { type Extra, parseSelect } from './select-text.ts'

/** Of each row the keys of its N largest weights: what no set of keys for all rows can hold more than. */
export const BEST = 'best'

/** What is compared unless somebody says otherwise: leverage, and what stands beside it. */
export const DEFAULT_SELECT = ['leverage', 'norm-max', 'norm-min', 'random', 'accumulated', BEST] as const
const DEFAULT_KEEP = [8, 16, 32, 64] as const

/** One entry of the list of selections. */
export interface CoveredSelect {
  /** As it was given. */
  readonly text: string
  readonly rule: Rule | typeof BEST | 'scores' | undefined
  /** Of scores: their name. */
  readonly scores?: string
  readonly extras: readonly Extra[]
}

/** The entries of `texts`, each once; `scores`: names that stand for scores. Throws Option. */
export function parseSelections(texts: readonly string[], scores: readonly string[] = []): CoveredSelect[] {
  if (texts.length === 0) {
    const message = `${optionText('select')} names no selection; leave it out, and ${DEFAULT_SELECT.join(', ')} are compared`
    throw new LevError('Option', message, { option: 'select' })
  }
  return [...new Set(texts)].map((text) => parseOne(text, scores))
}

function parseOne(text: string, scores: readonly string[]): CoveredSelect {
  const { rule, other, scoresFile, extras } = parseSelect(text, [BEST, ...scores])
  if (other === BEST) return { text, rule: BEST, extras }
  const name = other ?? scoresFile
  return name === undefined ? { text, rule, extras } : { text, rule: 'scores', scores: name, extras }
}

/**
 * How many keys are kept, each once, as given. Throws Option where one is more than there are; of the default ones those are
 * dropped.
 */
export function keepsOf(keep: readonly number[] | undefined, keyCount: number): number[] {
  if (keep === undefined) {
    const fitting = DEFAULT_KEEP.filter((count) => count <= keyCount)
    return fitting.length > 0 || keyCount === 0 ? [...fitting] : [keyCount]
  }
  for (const count of keep) requireKeep(count, keyCount)
  return [...new Set(keep)]
}

function requireKeep(count: number, keyCount: number): void {
  if (Number.isSafeInteger(count) && count >= 1 && count <= keyCount) return
  const found = count > keyCount ? `and there are ${keyCount} keys` : 'it is a whole number of at least 1'
  throw new LevError('Option', `${optionText('keep')} has ${count}, ${found}`, { option: 'keep' })
}
