import { exactDot, productError, sumError } from './expansion.ts'

/** Far more than the second sum's own error, over half a unit in the last place: gamma_d² / u is below 2^-28 up to d = 4096. */
const NEAR_MIDPOINT = 1 + 2 ** -20

/**
 * <x, x> of a row [dim], rounded once, so that it does not depend on the order of the entries: by Dot2 (Ogita, Rump, Oishi 2005),
 * and exactly where that is so near the middle of two numbers that its own error, gamma_d² <x, x>, decides.
 * For entries from 2^-400 to 2^480 in size.
 */
export function roundedSquare(rows: Float32Array | Float64Array, start: number, dim: number): number {
  // 24 bits squared are 48: the product has no error.
  if (rows instanceof Float32Array) return squareOfFloat32(rows, start, dim)
  let sum = 0
  let rest = 0
  for (let a = start; a < start + dim; a++) {
    const x = rows[a]
    const product = x * x
    const next = sum + product
    rest += sumError(sum, product, next) + productError(x, x, product)
    sum = next
  }
  return roundedSum(sum, rest) ?? exactDot(rows, start, rows, start, dim)
}

function squareOfFloat32(rows: Float32Array, start: number, dim: number): number {
  let sum = 0
  let rest = 0
  for (let a = start; a < start + dim; a++) {
    const product = rows[a] * rows[a]
    const next = sum + product
    rest += sumError(sum, product, next)
    sum = next
  }
  const rounded = roundedSum(sum, rest)
  if (rounded !== undefined) return rounded
  const row = Float64Array.from(rows.subarray(start, start + dim))
  return exactDot(row, 0, row, 0, dim)
}

/** sum + rest, rounded once; undefined where that hangs on more than the two tell. */
function roundedSum(sum: number, rest: number): number | undefined {
  const rounded = sum + rest
  const left = rest - (rounded - sum)
  return rounded + left * NEAR_MIDPOINT === rounded ? rounded : undefined
}
