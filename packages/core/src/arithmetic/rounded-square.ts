import { exactDot, productError, sumError } from './expansion.ts'

/** Far more than the second sum's own error, over half a unit in the last place: gamma_d² / u is below 2^-28 up to d = 4096. */
const NEAR_MIDPOINT = 1 + 2 ** -20

/**
 * <x, x> of a row [dim], rounded once, so that it does not depend on the order of the entries: by Dot2 (Ogita, Rump, Oishi 2005),
 * and exactly where that is so near the middle of two numbers that its own error, gamma_d² <x, x>, decides.
 * For entries from 2^-400 to 2^480 in size.
 */
export function roundedSquare(rows: Float64Array, start: number, dim: number): number {
  let sum = 0
  let rest = 0
  for (let a = start; a < start + dim; a++) {
    const x = rows[a]
    const product = x * x
    const next = sum + product
    rest += sumError(sum, product, next) + productError(x, x, product)
    sum = next
  }
  const rounded = sum + rest
  const left = rest - (rounded - sum)
  return rounded + left * NEAR_MIDPOINT === rounded ? rounded : exactDot(rows, start, rows, start, dim)
}
