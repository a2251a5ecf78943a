import {
  type Factor,
  GramSum,
  liftedColumns,
  type LiftedSum,
  liftOf,
  type MatrixSource,
  mergeLifted,
} from '@levattention/core/internal'
import type { Plan } from '../plan.ts'
import { mapInOrder } from './map-in-order.ts'
import { rowBytes } from './row-bytes.ts'
import type { RunContext } from './run-context.ts'
import { TreeReducer } from './tree-reducer.ts'

/**
 * p = 4 and few columns: one more pass, over the lifted keys, whose leverage bounds some keys better than their Lewis
 * weights do (theory.md section 2). The factor then bounds each key by the smaller of both.
 */
export async function liftKeys(
  source: MatrixSource,
  plan: Plan,
  factor: Factor,
  { engine, signal, stats, onProgress }: RunContext,
): Promise<Factor> {
  if (!plan.passes.some(({ kind }) => kind === 'lift')) return factor
  const { exponents } = factor
  const requests = plan.shards.map((range) => ({ source: source.spec, range, exponents }))
  const reducer = new TreeReducer<LiftedSum>(plan.fanIn, mergeLifted)
  const dim = liftedColumns(plan.dim)
  await stats.time('refine', async () => {
    let done = 0
    for await (const { lost, ...parts } of mapInOrder(engine, 'lift', requests, signal)) {
      reducer.push({ gram: new GramSum(dim, parts), lost })
      done++
      onProgress?.({ stage: 'refine', done, total: requests.length })
    }
  })
  stats.bytesRead += rowBytes(source) * source.rows
  const sum = reducer.finish()
  const lift = sum === undefined || sum.lost ? undefined : liftOf(sum.gram, plan.epsilon / 2)
  return lift ? { ...factor, lift } : factor
}
