import {
  type FourthMoments,
  fourthMomentsPass,
  type MatrixSource,
  momentCoordinates,
  type UniversalSet,
} from '@levattention/core/internal'
import { type PlanOptions, planKeys } from '../plan/plan.ts'
import { passOver } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'

/**
 * p = 4: one more pass over the keys, from which the row sum of any query follows (theory.md section 4). Undefined where the
 * numbers of keys or factor are of sizes that float64 does not hold: scores then come from passes over the keys.
 */
export async function sumFourthMoments(
  { factor, epsilon }: UniversalSet,
  keys: MatrixSource,
  options: PlanOptions,
  context: RunContext,
): Promise<FourthMoments | undefined> {
  const coordinates = momentCoordinates(factor)
  if (!coordinates) return undefined
  const { exponents } = factor
  const plan = planKeys(keys, epsilon, options)
  const question = { exponents, coordinates }
  const { gram, columnPowers, lost } = await passOver(
    { source: keys, plan, context },
    fourthMomentsPass,
    question,
    'exact',
    { told: 'moments' },
  )
  return lost ? undefined : { coordinates, gram: gram.symmetric(), depth: gram.depth, columnPowers }
}
