import { productError, sumError } from './error-free.ts'

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
    grow(parts, productError(x, y, product))
    grow(parts, product)
  }
  return roundExpansion(parts)
}

/** Adds `value` to the expansion `parts` (ascending size, nonoverlapping), exactly. */
function grow(parts: number[], value: number): void {
  let carry = value
  let count = 0
  for (const part of parts) {
    const sum = carry + part
    const error = sumError(carry, part, sum)
    if (error !== 0) parts[count++] = error
    carry = sum
  }
  parts.length = count
  if (carry !== 0) parts.push(carry)
}

/** The float64 nearest to the sum of `parts`: from the largest part down, with ties broken by what is left. */
function roundExpansion(parts: readonly number[]): number {
  let at = parts.length - 1
  if (at < 0) return 0
  let sum = parts[at]
  let error = 0
  while (at > 0 && error === 0) {
    const part = parts[--at]
    const next = sum + part
    error = part - (next - sum)
    sum = next
  }
  const tie = at > 0 && ((error < 0 && parts[at - 1] < 0) || (error > 0 && parts[at - 1] > 0))
  if (!tie) return sum
  const doubled = 2 * error
  const next = sum + doubled
  return doubled === next - sum ? next : sum
}
