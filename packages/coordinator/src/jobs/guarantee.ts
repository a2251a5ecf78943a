import { type Factor, missProbability } from '@levattention/core/internal'
import type { JobSummary } from './job-summary.ts'

/** How sure it is that nothing is missed: for certain, or but for a probability over seeds (theory.md section 9). */
export function guaranteeOf(
  { dim, sketch }: Pick<Factor, 'dim' | 'sketch'>,
  epsilon: number,
  queryCount = 0,
): Required<Pick<JobSummary, 'method' | 'guarantee'>> {
  if (!sketch) return { method: 'exact', guarantee: { kind: 'deterministic' } }
  const delta = missProbability(sketch.terms, { dim, epsilon, queryCount }, sketch.filters)
  return { method: 'sketch', guarantee: { kind: 'probabilistic', delta } }
}
