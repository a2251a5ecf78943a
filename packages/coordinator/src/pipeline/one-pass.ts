import {
  KeySummary,
  type MatrixSource,
  originOf,
  type SummaryState,
  type UniversalOrigin,
  type UniversalSet,
  universalSetOfState,
} from '@levattention/core/internal'
import type { Pass, Plan } from '../plan.ts'
import { mergeBounded, rowBytes, traceOf } from './key-passes.ts'
import { mapInOrder } from './map-in-order.ts'
import type { RunContext } from './run-context.ts'
import { TreeReducer } from './tree-reducer.ts'

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
  const { engine, kernels, signal, stats, onProgress } = context
  const requests = plan.shards.map((range) => ({ source: source.spec, range, epsilon, p, rowOffset }))
  const shardTraces = new Float64Array(requests.length)
  const reducer = new TreeReducer<SummaryState>(plan.fanIn, (a, b) => mergeBounded(kernels, a, b))
  await stats.time('map', async () => {
    let done = 0
    for await (const bytes of mapInOrder(engine, 'absorb', requests, signal)) {
      const { state } = KeySummary.fromBytes(bytes, kernels)
      shardTraces[done] = traceOf(state.gram)
      reducer.push(state)
      done++
      onProgress?.({ stage: 'map', done, total: requests.length })
    }
  })
  stats.bytesRead += rowBytes(source) * source.rows
  const merged = reducer.finish() ?? new KeySummary({ dim, epsilon, p, form: 'triangular' }).state
  const { universal, state } = await stats.time('reduce', () => universalSetOfState(kernels, merged))
  const origin = { ...originOf(state), shardTraces, shardRows: plan.shardRows }
  return { universal, origin, plan: { ...plan, passes: ONE_PASS } }
}
