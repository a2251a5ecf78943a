import { absorbPass, mergeRecordOf, type MergeRecord, type UniversalSet } from '@levattention/core/internal'
import type { PlannedPass, Plan } from '../plan/plan.ts'
import { algebra } from '../tasks/algebra.ts'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'

const ONE_PASS: readonly PlannedPass[] = [{ kind: 'absorb', shards: 'all', when: 'always' }]

/**
 * U of p other than 2 from one reading of the keys: each shard weighs its rows as a stream does, and the summaries merge in
 * the plan's tree. Row ids begin at `rowOffset`.
 */
export async function onePassUniversalSet(
  keys: PlannedKeys,
  rowOffset: number,
): Promise<{ universal: UniversalSet; origin: MergeRecord; plan: Plan }> {
  const { plan, context } = keys
  const { epsilon, attention } = plan
  const question = { epsilon, p: attention.p, rowOffset }
  const { state: merged, shardSquaredNorms: norms } = await passOver(keys, absorbPass, question, 'map')
  const shardSquaredNorms = Float64Array.from(norms)
  const { universal, state } = await algebra(context, plan.dim, 'universalSetOfState', merged)
  const origin = { ...mergeRecordOf(state), shardSquaredNorms, shardRows: plan.shardRows }
  return { universal, origin, plan: { ...plan, passes: ONE_PASS } }
}
