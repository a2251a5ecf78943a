import { LevError, type MatrixSource, type UniversalSet } from '@levattention/core/internal'
import type { SketchOptions } from '../plan/sketch-options.ts'
import { readsAllKeys } from '../problem/attention-problem.ts'
import { requireEstimable, requireEstimateAsked } from '../problem/estimate-options.ts'
import type { HeavyAttentionsOptions, UniversalSetOptions } from './library-options.ts'

/** Throws Option where two options say the same, or one plays no part beside the others. */
export function requireOneChoice({
  epsilon,
  keep,
  ...others
}: SketchOptions & Pick<UniversalSetOptions, 'epsilon' | 'keep'>): void {
  if (epsilon !== undefined && keep !== undefined)
    throw refuse('keep', 'epsilon and keep both say which keys are kept; give one of them')
  if (others.method === 'sketch') return
  const idle = (['delta', 'seed', 'queryCount'] as const).find((name) => others[name] !== undefined)
  if (idle !== undefined)
    throw refuse(idle, `${idle} is for method 'sketch'; leave it out, or give method: 'sketch' as well`)
}

/** Throws Option where scores are asked for that cannot be had. */
export function requireScoresOf(
  { p, prefixes }: UniversalSet,
  { scores, keys, delta, seed }: HeavyAttentionsOptions,
): void {
  requireEstimateAsked({ scores, delta, seed })
  requireEstimable({ scores, p, causal: prefixes !== undefined })
  if (scores === 'estimate' && keys === undefined)
    throw refuse('scores', 'an estimate draws from the keys: give keys as well, or leave scores out')
  if (keys !== undefined || !readsAllKeys({ scores, p })) return
  throw refuse(
    'scores',
    `exact scores of p = ${p} are sums over all keys: give keys as well, or leave scores out`,
  )
}

function refuse(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}

/** Throws Option where rows of a part get ids that are no longer exact. */
export function requireRowIds({ rows }: MatrixSource, { rowOffset = 0 }: UniversalSetOptions): void {
  if (rowOffset + rows <= Number.MAX_SAFE_INTEGER) return
  throw refuse(
    'rowOffset',
    `rowOffset ${rowOffset} gives the last row an id above 2^53, where ids are no longer exact`,
  )
}
