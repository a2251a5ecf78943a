import {
  type EstimateDraws,
  estimateDrawLimit,
  estimateDrawsPass,
  LevError,
  type MatrixSource,
  noEstimateDraws,
  type UniversalSet,
} from '@levattention/core/internal'
import { type PlanOptions, planKeys } from '../plan/plan.ts'
import { passOver } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'

/** What the draws are made from. */
interface DrawRequest {
  readonly keys: MatrixSource
  readonly seed: number
}

/**
 * Draws with replacement from the keys outside U: one more pass, the same to the last bit for any shards and workers; none where U is
 * empty, as no row sum is then asked for. Throws as the passes.
 */
export async function drawEstimate(
  { factor, gramFactor, rowIds, rowCount, epsilon }: UniversalSet,
  { keys, seed }: DrawRequest,
  options: PlanOptions,
  context: RunContext,
): Promise<EstimateDraws> {
  if (!gramFactor) throw new LevError('Internal', 'an estimate from a set without the factor of G')
  // Of rows that are not looked at nothing is known.
  if (rowIds.length === 0) return { ...noEstimateDraws(keys.element), largestLeverage: 1 }
  const plan = planKeys(keys, epsilon, options)
  const inside = rowIds.slice().sort()
  const own = (index: number) => {
    const { rowStart, rowEnd } = plan.shards[index]
    return { insideRows: inside.filter((rowId) => rowId >= rowStart && rowId < rowEnd) }
  }
  const limit = estimateDrawLimit(keys.cols, rowCount)
  const question = { factor, gramFactor, seed, limit, rowCount, insideRows: inside }
  return await passOver({ source: keys, plan, context }, estimateDrawsPass, question, 'draw', { own })
}
