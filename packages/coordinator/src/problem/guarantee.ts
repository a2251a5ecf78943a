import { type Factor, type HeaderRecord, missProbability } from '@levattention/core/internal'
import type { EstimateChoice } from './estimate-options.ts'

/** How sure it is that nothing is missed: for certain, or but for a probability over seeds (theory.md sections 4 and 9). */
export interface Guarantee {
  readonly method: 'exact' | 'sketch'
  readonly guarantee: { readonly kind: 'deterministic' | 'probabilistic'; readonly delta?: number }
}

export const CERTAIN: Guarantee = { method: 'exact', guarantee: { kind: 'deterministic' } }

/** That of a set, and of the answers to `queryCount` queries from it, whose row sums may be estimates. */
export function guaranteeOf(
  { dim, sketch }: Pick<Factor, 'dim' | 'sketch'>,
  epsilon: number,
  queryCount = 0,
  estimate?: Pick<EstimateChoice, 'delta'>,
): Guarantee {
  if (estimate) return { method: 'exact', guarantee: { kind: 'probabilistic', delta: estimate.delta } }
  if (!sketch) return CERTAIN
  const delta = missProbability(sketch.terms, { dim, epsilon, queryCount }, sketch.filters)
  return { method: 'sketch', guarantee: { kind: 'probabilistic', delta } }
}

/** What files of method sketch say of it; nothing where nothing can be missed. */
export function guaranteeHeader({ method, guarantee }: Guarantee): HeaderRecord {
  return method === 'sketch' && guarantee.delta !== undefined ? { method, delta: guarantee.delta } : {}
}
