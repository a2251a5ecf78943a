import { type Factor, type HeaderRecord, missProbability } from '@levattention/core/internal'

/** How sure it is that nothing is missed: for certain, or but for a probability over seeds (theory.md section 9). */
export interface Guarantee {
  readonly method: 'exact' | 'sketch'
  readonly guarantee: { readonly kind: 'deterministic' | 'probabilistic'; readonly delta?: number }
}

export const CERTAIN: Guarantee = { method: 'exact', guarantee: { kind: 'deterministic' } }

/** That of a set, and of the answers to `queryCount` queries from it. */
export function guaranteeOf(
  { dim, sketch }: Pick<Factor, 'dim' | 'sketch'>,
  epsilon: number,
  queryCount = 0,
): Guarantee {
  if (!sketch) return CERTAIN
  const delta = missProbability(sketch.terms, { dim, epsilon, queryCount }, sketch.filters)
  return { method: 'sketch', guarantee: { kind: 'probabilistic', delta } }
}

/** What files of method sketch say of it; nothing where nothing can be missed. */
export function guaranteeHeader({ method, guarantee }: Guarantee): HeaderRecord {
  return method === 'sketch' && guarantee.delta !== undefined ? { method, delta: guarantee.delta } : {}
}
