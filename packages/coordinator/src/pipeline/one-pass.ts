import {
  KeySummary,
  type MatrixSource,
  originOf,
  type UniversalOrigin,
  type UniversalSet,
  universalSetOfState,
} from '@levattention/core/internal'
import type { Pass, Plan } from '../plan.ts'
import { keyPass } from './key-passes.ts'
import type { RunContext } from './run-context.ts'

const ONE_PASS: readonly Pass[] = [{ kind: 'absorb', shards: 'all', when: 'always' }]

/**
 * U of p other than 2 from one reading of the keys: each shard weighs its rows as a stream does, and the summaries merge in
 * the plan's tree. Row ids begin at `rowOffset`.
 */
export async function onePassUniversalSet(
  source: MatrixSource,
  plan: Plan,
  rowOffset: number,
  context: RunContext,
): Promise<{ universal: UniversalSet; origin: UniversalOrigin; plan: Plan }> {
  const { epsilon, p, dim } = plan
  const requests = plan.shards.map((range) => ({ source: source.spec, range, epsilon, p, rowOffset }))
  const summed = await keyPass(source, plan, context, 'absorb', requests, 'map')
  const shardTraces = Float64Array.from(summed.traces)
  const none = () => new KeySummary({ dim, epsilon, p, form: 'triangular' }).state
  const merged = requests.length === 0 ? none() : summed.state
  const { kernels, stats } = context
  const { universal, state } = await stats.time('reduce', () => universalSetOfState(kernels, merged))
  const origin = { ...originOf(state), shardTraces, shardRows: plan.shardRows }
  return { universal, origin, plan: { ...plan, passes: ONE_PASS } }
}
