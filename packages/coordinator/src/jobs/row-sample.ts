import { type MatrixSource, newRows, type SampleBatch, sampleWeights } from '@levattention/core/internal'
import type { RunContext, Warning } from '../tasks/run-context.ts'
import { type RowsOptions, sampleOf } from './sample.ts'

/** A row sample in memory: `count` rows, row ids ascending. */
export interface RowSample {
  /** Rows that were drawn. */
  readonly count: number
  /** [count]: row id of each, ascending. */
  readonly rowIds: Float64Array
  /** p_j of each drawn row. */
  readonly probabilities: Float64Array
  /** 1/p_j: Σ weight_j g(k_j) over the drawn rows is an unbiased estimate of Σ_j g(k_j) over all. */
  readonly weights: Float64Array
  /** [count, d], as they are in the keys. */
  readonly rows: Float32Array | Float64Array
  /** The rows asked for, or all nonzero rows where they are fewer. */
  readonly rowsExpected: number
  /** Rows whose probability is 1. */
  readonly rowsCertain: number
  /** Sum of p_j over all rows: the expected number of rows. */
  readonly probabilitySum: number
  /** What probabilities are proportional to: 'ridge' where the keys' columns depend on one another, or nearly so. */
  readonly scores: 'leverage' | 'ridge'
  /** What the command would warn of. */
  readonly warnings: readonly Warning[]
}

/** The sample of `keys` [n, d] as one object. Throws as `sampleOf`. */
export async function rowSampleOf(
  keys: MatrixSource,
  options: RowsOptions,
  context: RunContext,
): Promise<RowSample> {
  const batches: SampleBatch[] = []
  const { facts, scores } = await sampleOf(keys, options, context, (batch) => batches.push(batch))
  const { rowsDrawn: count, rowsExpected, rowsCertain, probabilitySum } = facts
  const rowIds = new Float64Array(count)
  const probabilities = new Float64Array(count)
  const length = count * keys.cols
  const rows = newRows(keys.element, length)
  let at = 0
  for (const batch of batches) {
    rowIds.set(batch.rowIds, at)
    probabilities.set(batch.probabilities, at)
    rows.set(batch.rows, at * keys.cols)
    at += batch.rowIds.length
  }
  const weights = sampleWeights(probabilities)
  const { warnings } = context.stats
  const drawn = { count, rowIds, probabilities, weights, rows }
  return { ...drawn, rowsExpected, rowsCertain, probabilitySum, scores, warnings }
}
