// Exact softmax pairs of one head in this thread, by the passes, cut into shards at will.
import {
  cutRows,
  keyReachPass,
  type Kernels,
  type MatrixSource,
  NO_MASK,
  type PairLimits,
  type PairTerms,
  type Pass,
  type RowRange,
  type SettledPairs,
  settlePairs,
  softmaxPairsPass,
  softmaxRowsPass,
  unsettledQueries,
  type Visibility,
} from '@levattention/core/internal'
import type { OracleVisibility } from '../../support/softmax/head.ts'

export interface InlineOptions extends PairLimits {
  readonly scale?: number | undefined
  readonly precision?: 'f32' | 'f64'
  readonly visibility?: Visibility
}

export interface InlinePairs extends SettledPairs {
  /** Places that went to float64 once the sums were known. */
  readonly unsettled: Uint32Array
}

/** In the product's names. */
export function visibilityOf(options: OracleVisibility): Visibility {
  const { causal = false, queryStart = 0, keyRows, queryRows, keyMask, queryMask } = options
  const range = (rows: OracleVisibility['keyRows']) => rows && { rowStart: rows[0], rowEnd: rows[1] }
  return {
    causal,
    queryStart,
    slidingWindow: options.slidingWindow,
    segment: options.segment,
    keyRows: range(keyRows),
    queryRows: range(queryRows),
    keyMask: keyMask && Uint8Array.from(keyMask),
    queryMask: queryMask && Uint8Array.from(queryMask),
  }
}

export function pairsInline(
  keys: MatrixSource,
  queries: MatrixSource,
  { scale = 1 / Math.sqrt(keys.cols), precision = 'f32', visibility = NO_MASK, ...limits }: InlineOptions,
  kernels: Kernels,
  shardRows = 4096,
): InlinePairs {
  const shards = cutRows(keys.rows, shardRows)
  const reach = summed(keyReachPass, { visibility }, keys, shards, kernels)
  const terms: PairTerms = {
    queries: queries.spec,
    batch: { rowStart: 0, rowEnd: queries.rows },
    visibility,
    scale,
    keyCount: keys.rows,
    reach,
    precision,
    ...limits,
  }
  const sum = summed(softmaxPairsPass, terms, keys, shards, kernels)
  const unsettled = unsettledQueries(sum, terms, keys.cols)
  const exact = { ...terms, precision: 'f64' as const, places: unsettled, mostLogitError: 0 }
  const rows = unsettled.length > 0 ? summed(softmaxRowsPass, exact, keys, shards, kernels) : undefined
  return { ...settlePairs(sum, unsettled, rows, terms, keys.cols), unsettled }
}

export function summed<Question, Sum, Packed>(
  pass: Pass<Question, Sum, Packed>,
  question: Question,
  source: MatrixSource,
  shards: readonly RowRange[],
  kernels: Kernels,
): Sum {
  const terms = { question, dim: source.cols, element: source.element }
  return shards
    .map((range) => pass.map({ source, range, kernels }, question))
    .reduce((a, b) => pass.merge(a, b, terms, kernels), pass.zero(terms))
}
