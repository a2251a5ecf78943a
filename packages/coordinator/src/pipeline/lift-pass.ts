import {
  type Factor,
  GramSum,
  liftedColumns,
  type LiftedSum,
  liftOf,
  type MatrixSource,
  mergeLifted,
} from '@levattention/core/internal'
import type { TaskResult } from '@levattention/worker/internal'
import type { Plan } from '../plan.ts'
import { reducePass } from './reduce-pass.ts'
import type { RunContext } from './run-context.ts'

/**
 * p = 4 and few columns: one more pass, over the lifted keys, whose leverage bounds some keys better than their Lewis
 * weights do (theory.md section 2). The factor then bounds each key by the smaller of both.
 */
export async function liftKeys(
  source: MatrixSource,
  plan: Plan,
  factor: Factor,
  context: RunContext,
): Promise<Factor> {
  if (!plan.passes.some(({ kind }) => kind === 'lift')) return factor
  const { exponents } = factor
  const requests = plan.shards.map((range) => ({ source: source.spec, range, exponents }))
  const dim = liftedColumns(plan.dim)
  const sumOf = ({ lost, ...parts }: TaskResult<'lift'>): LiftedSum => ({
    gram: new GramSum(dim, parts),
    lost,
  })
  const sum = await reducePass<'lift', LiftedSum>(
    {
      kind: 'lift',
      source,
      requests,
      fanIn: plan.fanIn,
      stage: 'refine',
      part: sumOf,
      merge: mergeLifted,
      pack: ({ gram, lost }) => ({ ...gram.parts, lost }),
      unpack: (packed) => sumOf(packed as TaskResult<'lift'>),
    },
    context,
  )
  const lift = sum === undefined || sum.lost ? undefined : liftOf(sum.gram, plan.epsilon / 2)
  return lift ? { ...factor, lift } : factor
}
