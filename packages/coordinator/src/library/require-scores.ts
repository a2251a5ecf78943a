import { LevError, type UniversalSet } from '@levattention/core/internal'
import { readsAllKeys } from '../problem/attention-problem.ts'
import { requireEstimable, requireEstimateAsked } from '../problem/estimate-options.ts'
import type { HeavyAttentionsOptions } from './library-options.ts'

/** Throws Option where scores are asked for that cannot be had. */
export function requireScoresOf(
  { p, prefixes }: UniversalSet,
  { scores, keys, delta, seed }: HeavyAttentionsOptions,
): void {
  requireEstimateAsked({ scores, delta, seed })
  requireEstimable({ scores, p, causal: prefixes !== undefined })
  if (scores === 'estimate' && keys === undefined)
    throw refuse('an estimate draws from the keys: give keys as well, or leave scores out')
  if (keys !== undefined || !readsAllKeys({ scores, p })) return
  throw refuse(`exact scores of p = ${p} are sums over all keys: give keys as well, or leave scores out`)
}

function refuse(message: string): LevError {
  return new LevError('Option', message, { option: 'scores' })
}
