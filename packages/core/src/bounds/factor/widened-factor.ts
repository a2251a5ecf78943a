import type { Factor } from './factor.ts'

/** What a column that says nothing is divided by: no part of it is left in a score. */
const VANISHING = 2 ** 500

/**
 * A factor that scores rows [n, dim] by their columns `kept`, as `narrow` of these alone does (p = 2): for rows that are to be read whole,
 * where the other columns follow from the kept ones. `whole`: a factor of all columns, for their exponents and norms.
 */
export function widenedFactor(narrow: Factor, kept: readonly number[], whole: Factor): Factor {
  const { dim } = whole
  const { preconditioner } = narrow
  const exponents = whole.exponents.slice()
  const columnNorms = whole.columnNorms.slice()
  kept.forEach((column, i) => {
    exponents[column] = narrow.exponents[i]
    columnNorms[column] = narrow.columnNorms[i]
  })
  return {
    ...narrow,
    dim,
    exponents,
    columnNorms,
    live: whole.live,
    lower: spread(narrow.lower, kept, dim, preconditioner ? 1 : VANISHING),
    preconditioner: preconditioner && {
      ...preconditioner,
      forward: spread(preconditioner.forward, kept, dim, 0),
      compensated: preconditioner.compensated.map((column) => kept[column]),
    },
  }
}

/** [dim, dim] with `matrix` at the `kept` rows and columns, and `other` on the rest of the diagonal. */
function spread(matrix: Float64Array, kept: readonly number[], dim: number, other: number): Float64Array {
  const whole = new Float64Array(dim * dim)
  for (let a = 0; a < dim; a++) whole[a * dim + a] = other
  kept.forEach((row, i) => {
    kept.forEach((column, j) => {
      whole[row * dim + column] = matrix[i * kept.length + j]
    })
  })
  return whole
}
