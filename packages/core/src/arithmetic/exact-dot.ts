import { productError } from './error-free.ts'
import { growExpansion, roundExpansion } from './expansion.ts'

/**
 * <q, k> rounded once: products are split exactly (Dekker), the terms are summed as a nonoverlapping expansion
 * (Shewchuk 1997, grow-expansion), and the expansion is rounded from its largest part down.
 * For entries of scaled columns (below 1 in size); products under 2^-1022 lose what is under 2^-1074.
 */
export function exactDot(
  queries: Float64Array,
  qStart: number,
  keys: Float32Array | Float64Array,
  kStart: number,
  dim: number,
): number {
  const parts: number[] = []
  for (let a = 0; a < dim; a++) {
    const x = queries[qStart + a]
    const y = keys[kStart + a]
    const product = x * y
    if (product === 0) continue
    growExpansion(parts, productError(x, y, product))
    growExpansion(parts, product)
  }
  return roundExpansion(parts)
}
