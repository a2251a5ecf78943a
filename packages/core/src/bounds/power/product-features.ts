import { gamma } from '../../arithmetic/numeric.ts'
import { plainDense } from '../../kernels/dense.ts'
import type { GramSum } from '../../sums/gram-sum.ts'
import { firstStep, REGULAR_BELOW_SLACK } from '../factor/certificate.ts'
import { factorOf, type ProductFeatures } from '../factor/factor.ts'

/** d = 16: its Gram costs a few microseconds a row. At d = 24 five times that, and the bounds gain less (docs/guarantees.md). */
const MOST_LIFTED_COLUMNS = 136
/** A product below this may have lost bits, and with it a direction that some key is alone in. */
const LEAST_PRODUCT = 2 ** -900
/** Of each entry of a lifted row: its product, sqrt 2, and their product. */
const ENTRY_ROUNDINGS = 3

export function productColumns(dim: number): number {
  return (dim * (dim + 1)) / 2
}

/** Whether the keys [rowCount, dim] are lifted for this p: fewer rows than columns leave the lift singular. */
export function usesProducts(p: number, rowCount: number, dim: number): boolean {
  return p === 4 && productColumns(dim) <= MOST_LIFTED_COLUMNS && rowCount >= productColumns(dim)
}

/**
 * Writes phi of row `row` of `rows` [.., dim] into row `outRow` of `out`. False where a product is too small to be
 * trusted: the lift is then not used.
 */
export function liftRow(
  out: Float64Array,
  outRow: number,
  rows: Float32Array | Float64Array,
  row: number,
  dim: number,
): boolean {
  const start = row * dim
  let at = outRow * productColumns(dim)
  let trusted = true
  for (let a = 0; a < dim; a++) {
    const value = rows[start + a]
    for (let b = a; b < dim; b++) {
      const product = value * rows[start + b]
      if (Math.abs(product) < LEAST_PRODUCT && value !== 0 && rows[start + b] !== 0) trusted = false
      out[at++] = a === b ? product : Math.SQRT2 * product
    }
  }
  return trusted
}

/** The lift that the Gram of phi(K) supports; undefined where it is not regular. NOTES.md "p = 4, lifted". */
export function productFeaturesOf(
  sum: GramSum,
  leastBound: number,
  dense = plainDense,
): ProductFeatures | undefined {
  const step = firstStep(sum, dense)
  const columns = sum.dim
  const rounding = gamma(ENTRY_ROUNDINGS) * Math.sqrt(columns / step.smallestEigenvalue)
  const slack = 1.1 * (step.slack + 4.2 * rounding)
  if (!(step.smallestEigenvalue > 0 && slack < REGULAR_BELOW_SLACK)) return undefined
  const { lower, exponents } = factorOf(step, sum.rowCount, 0, dense)
  return { columns, lower, exponents, slack, leastBound }
}
