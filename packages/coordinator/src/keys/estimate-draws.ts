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
  /** Draws that are kept; default as many as estimates take. */
  readonly limit?: number | undefined
}

/**
 * Whether there is nothing to estimate, and so nothing left to chance: U is empty, and no key can be heavy, or it holds all keys, and row
 * sums are known from it.
 */
export function drawsNothing({ rowIds, rowCount }: Pick<UniversalSet, 'rowIds' | 'rowCount'>): boolean {
  return rowIds.length === 0 || rowIds.length === rowCount
}

/**
 * Draws with replacement from the keys outside U: one more pass, the same to the last bit for any shards and workers; none where there
 * is nothing to estimate (`drawsNothing`). Throws as the passes.
 */
export async function drawEstimate(
  { factor, gramFactor, rowIds, rowCount, epsilon }: UniversalSet,
  { keys, seed, limit = estimateDrawLimit(keys.cols, keys.rows) }: DrawRequest,
  options: PlanOptions,
  context: RunContext,
): Promise<EstimateDraws> {
  if (!gramFactor) throw new LevError('Internal', 'an estimate from a set without the factor of G')
  // Where U is empty, nothing is known of the rows outside, which are not looked at.
  if (drawsNothing({ rowIds, rowCount }))
    return { ...noEstimateDraws(keys.element), largestLeverage: rowIds.length === 0 ? 1 : 0 }
  const plan = planKeys(keys, epsilon, options)
  const inside = rowIds.slice().sort()
  const own = (index: number) => {
    const { rowStart, rowEnd } = plan.shards[index]
    return { insideRows: inside.filter((rowId) => rowId >= rowStart && rowId < rowEnd) }
  }
  const question = { factor, gramFactor, seed, limit, rowCount, insideRows: inside }
  return await passOver({ source: keys, plan, context }, estimateDrawsPass, question, 'draw', { own })
}
