import { exponentOf, NO_EXPONENT, scalePowerOfTwo } from './column-exponents.ts'

/** Below this exponent terms are scaled no further up: their squares are in float64's range all the same. */
const LOWEST_EXPONENT = -1000

/**
 * Sums of squares that neither overflow nor vanish, one a query: query q's is sums[q] · 4^exponents[q]. A dot of 1e-200
 * is a heavy pair where all other keys' are zero, though its square is none in float64.
 */
export interface SquareSums {
  readonly sums: Float64Array // [queryCount]
  /** Of the largest term so far: it lies below 2^exponent; NO_EXPONENT where every term was zero. */
  readonly exponents: Int32Array // [queryCount]
}

export function noSquares(queryCount: number): SquareSums {
  return { sums: new Float64Array(queryCount), exponents: new Int32Array(queryCount).fill(NO_EXPONENT) }
}

/** The largest |values[i]| for i in [start, start + count). */
export function largestOf(values: Float64Array, start: number, count: number): number {
  let largest = 0
  for (let i = start; i < start + count; i++) largest = Math.max(largest, Math.abs(values[i]))
  return largest
}

/** Adds the squares of values[start .. start + count) to the sum of `query`, in order, in place; `largest`: of these. */
export function addSquares(
  total: SquareSums,
  query: number,
  values: Float64Array,
  start: number,
  count: number,
  largest: number = largestOf(values, start, count),
): void {
  if (largest === 0) return
  raise(total, query, Math.max(LOWEST_EXPONENT, exponentOf(largest)))
  const factor = 2 ** -total.exponents[query]
  let sum = 0
  for (let i = start; i < start + count; i++) sum += (values[i] * factor) ** 2
  total.sums[query] += sum
}

/** The sums of both, as a new value. */
export function joinSquares(a: SquareSums, b: SquareSums): SquareSums {
  const joined = { sums: a.sums.slice(), exponents: a.exponents.slice() }
  b.sums.forEach((sum, q) => {
    raise(joined, q, b.exponents[q])
    joined.sums[q] += scalePowerOfTwo(sum, 2 * (b.exponents[q] - joined.exponents[q]))
  })
  return joined
}

/** The share of `query`'s sum that the square of `value` is; `value` is one of its terms. */
export function shareOfSquares(total: SquareSums, query: number, value: number): number {
  return scalePowerOfTwo(value, -total.exponents[query]) ** 2 / total.sums[query]
}

/** `part`'s sum of `query` over `whole`'s; NaN where that is zero. */
export function ratioOfSums(part: SquareSums, whole: SquareSums, query: number): number {
  const shift = 2 * (part.exponents[query] - whole.exponents[query])
  return scalePowerOfTwo(part.sums[query], shift) / whole.sums[query]
}

/** The size of a term that has this `share` of `query`'s sum. */
export function termOfShare(total: SquareSums, query: number, share: number): number {
  return scalePowerOfTwo(Math.sqrt(share * total.sums[query]), total.exponents[query])
}

function raise({ sums, exponents }: SquareSums, query: number, exponent: number): void {
  if (exponent <= exponents[query]) return
  sums[query] = scalePowerOfTwo(sums[query], 2 * (exponents[query] - exponent))
  exponents[query] = exponent
}
