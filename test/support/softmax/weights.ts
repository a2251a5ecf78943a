/** z_ij = scale <q_i, k_j> and its softmax over some keys. */
import { exactSum, productError, row, type DenseMatrix } from '../oracle.ts'

/** `power`: weights |<q, k>|^p, without a scale. */
export interface OracleWeights {
  readonly attention?: 'softmax' | 'power'
  readonly scale?: number
  readonly p?: number
}

export interface Shares {
  /** Share of each logit; all 0 where no logit is above -Infinity. */
  readonly shares: Float64Array
  readonly lse: number
}

/** Logits of `query` with the keys `ids`; of `power`, p log|<q, k>|. */
export function logitsOf(
  query: Float64Array,
  keys: DenseMatrix,
  ids: readonly number[],
  weights: OracleWeights = {},
): Float64Array {
  return Float64Array.from(ids, (id) => logit(query, row(keys, id), weights))
}

export function logit(query: Float64Array, key: Float64Array, { attention, scale, p = 2 }: OracleWeights) {
  const dot = accurateDot(query, key)
  return attention === 'power' ? p * Math.log(Math.abs(dot)) : (scale ?? 1 / Math.sqrt(key.length)) * dot
}

/**
 * <x, y> to u |<x, y>| + 2 d^2 u^2 |x||y|, u = 2^-53 (Dot2 of Ogita, Rump, Oishi, SIAM J. Sci. Comput. 26(6), 2005): as good as
 * exact for logits, and fast enough for heads of a thousand keys.
 */
export function accurateDot(x: Float64Array, y: Float64Array): number {
  let sum = 0
  let errors = 0
  for (let a = 0; a < x.length; a++) {
    const product = x[a] * y[a]
    const next = sum + product
    const kept = next - sum
    errors += sum - (next - kept) + (product - kept) + productError(x[a], y[a], product)
    sum = next
  }
  return sum + errors
}

export function sharesOf(logits: Float64Array): Shares {
  const top = logits.reduce((max, z) => Math.max(max, z), -Infinity)
  if (top === -Infinity) return { shares: new Float64Array(logits.length), lse: -Infinity }
  const weights = logits.map((z) => Math.exp(z - top))
  const total = exactSum(weights)
  return { shares: weights.map((weight) => weight / total), lse: top + Math.log(total) }
}

/** Places of `values` by descending value, ties by place. */
export function descending(values: ArrayLike<number>): number[] {
  return Array.from(values, (_, at) => at).sort((a, b) => values[b] - values[a] || a - b)
}
