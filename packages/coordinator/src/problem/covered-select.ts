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
  const words = text.split('+')
  const own = words.find((word) => word === BEST || scores.includes(word))
  if (own === undefined) {
    const { rule, scoresFile, extras } = parseSelect(text, [BEST])
    if (scoresFile !== undefined) return { text, rule: 'scores', scores: scoresFile, extras }
    return { text, rule, extras }
  }
  const others = words.filter((_, at) => at !== words.indexOf(own))
  // Without its own word it is one of the others, or extras alone.
  const { rule, scoresFile, extras } = parseSelect(others.length > 0 ? others.join('+') : 'local')
  if (rule !== undefined || scoresFile !== undefined) parseSelect(text.replace(own, 'leverage'))
  const named = others.length > 0 ? extras : []
  return own === BEST
    ? { text, rule: BEST, extras: named }
    : { text, rule: 'scores', scores: own, extras: named }
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
