import {
  causalSetOf,
  factorOf,
  firstStep,
  GramSum,
  type MatrixSource,
  type UniversalOrigin,
  type UniversalSet,
} from '@levattention/core/internal'
import type { Plan } from '../plan.ts'
import { firstPass, keyPass } from './key-passes.ts'
import type { RunContext } from './run-context.ts'
import { shareArrays } from './share.ts'

/**
 * The causal U and the sums of the rows before each shard (theory.md section 6): map each shard to its sum, scan the sums,
 * map each shard from its own prefix.
 */
export async function findCausalSet(
  source: MatrixSource,
  plan: Plan,
  context: RunContext,
): Promise<{ universal: UniversalSet; origin: UniversalOrigin }> {
  const { epsilon, p, shardRows } = plan
  const scan = new PrefixScan(plan.dim)
  const { state, shardTraces, shardGrams } = await firstPass(source, plan, context, true)
  for (const parts of shardGrams) scan.push(new GramSum(plan.dim, parts))
  const grams = shareArrays(scan.prefixes.map(({ parts }) => parts))
  const requests = plan.shards.map((range, i) => ({
    source: source.spec,
    range,
    prefix: grams[i],
    epsilon,
    p,
  }))
  const { state: selected } = await keyPass(source, plan, context, 'selectPrefix', requests, 'select')
  const factor = await context.stats.time('reduce', () =>
    factorOf(firstStep(scan.whole), plan.rowCount, selected.dropRidge),
  )
  return {
    universal: causalSetOf(factor, selected.candidates, { epsilon, p }, { shardRows, grams }),
    origin: { gram: scan.whole, ranges: state.ranges, shardTraces, shardRows },
  }
}

/** The sums of the rows before each shard, from the shards' own in order. */
class PrefixScan {
  readonly prefixes: GramSum[] = []
  whole: GramSum

  constructor(dim: number) {
    this.whole = new GramSum(dim)
  }

  push(shard: GramSum): void {
    this.prefixes.push(this.whole)
    this.whole = this.whole.clone().merge(shard)
  }
}
