/** Adds `value` to the expansion `parts` (ascending size, nonoverlapping), exactly (Shewchuk 1997, grow-expansion). */
export function growExpansion(parts: number[], value: number): void {
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
export function roundExpansion(parts: readonly number[]): number {
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

const SPLITTER = 2 ** 27 + 1

/** x y - fl(x y) exactly (Dekker 1971), for factors below 2^995 in size; `product` is fl(x y). */
export function productError(x: number, y: number, product: number): number {
  const xHigh = SPLITTER * x - (SPLITTER * x - x)
  const yHigh = SPLITTER * y - (SPLITTER * y - y)
  const xLow = x - xHigh
  const yLow = y - yHigh
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow)
}

/** a + b - fl(a + b) exactly (Knuth); `sum` is fl(a + b). */
export function sumError(a: number, b: number, sum: number): number {
  const shadow = sum - a
  return a - (sum - shadow) + (b - shadow)
}

/** Dot2 (Ogita, Rump, Oishi 2005): as if in twice the precision; |error| <= u |dot| + gamma_d² Σ|q_a k_a|. */
export function compensatedDot(
  queries: Float64Array,
  qStart: number,
  keys: Float32Array | Float64Array,
  kStart: number,
  dim: number,
): number {
  let sum = 0
  let correction = 0
  for (let a = 0; a < dim; a++) {
    const x = queries[qStart + a]
    const y = keys[kStart + a]
    const product = x * y
    const next = sum + product
    correction += sumError(sum, product, next) + productError(x, y, product)
    sum = next
  }
  return sum + correction
}

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
