import {
  causalSetOf,
  GramSum,
  selectPrefixPass,
  shardGramsPass,
  traceOf,
  type MergeRecord,
  type UniversalSet,
} from '@levattention/core/internal'
import { algebra } from '../tasks/algebra.ts'
import { toSharedMemory } from '../tasks/shared-memory.ts'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'

/**
 * The causal U and the sums of the rows before each shard (theory.md section 6): map each shard to its sum, scan the sums,
 * map each shard from its own prefix.
 */
export async function findCausalSet(
  keys: PlannedKeys,
): Promise<{ universal: UniversalSet; origin: MergeRecord }> {
  const { plan, context } = keys
  const { epsilon, shardRows } = plan
  const { p } = plan.attention
  const scan = new PrefixScan(plan.dim)
  const shardGrams = await passOver(keys, shardGramsPass, {}, 'map')
  const shardSquaredNorms = Float64Array.from(shardGrams, (parts) => {
    const shard = new GramSum(plan.dim, parts)
    scan.push(shard)
    return traceOf(shard)
  })
  const grams = toSharedMemory(scan.prefixes.map(({ parts }) => parts))
  const own = (index: number) => ({ prefix: grams[index] })
  const question = { prefix: new GramSum(plan.dim).parts, epsilon, p }
  const { state: selected } = await passOver(keys, selectPrefixPass, question, 'select', { own })
  const allRows = plan.rowCount === 0 ? [] : [{ rowStart: 0, rowEnd: plan.rowCount }]
  const step = await algebra(context, plan.dim, 'firstStep', scan.whole)
  const factor = await algebra(context, plan.dim, 'factorOf', step, plan.rowCount, selected.dropRidge)
  return {
    universal: causalSetOf(factor, selected.candidates, { epsilon, p }, { shardRows, grams }),
    origin: { gram: scan.whole, ranges: allRows, shardSquaredNorms, shardRows },
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
