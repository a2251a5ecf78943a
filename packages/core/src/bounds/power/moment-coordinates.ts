import type { Factor } from '../factor/factor.ts'

/** From this ‖D w‖₁ of a column w of W on plain dots could lose more than about 1e-11 of a row sum (NOTES.md "p = 4, moments"). */
const LARGE_COLUMN = 256

/** Coordinates in which fourth moments are summed: rows are x = k̂ W, queries z = P q̂, P nearly W⁻¹. Plain data. */
export interface MomentCoordinates {
  readonly forward: Float64Array // W [dim, dim]
  readonly inverse: Float64Array // P [dim, dim]
  /** Columns of W so large that k̂ W needs compensated dots there. */
  readonly compensated: Uint32Array
}

/**
 * Coordinates in which the factor's M (its ridge included) is the identity: W = T L⁻ᵀ, P = Lᵀ T⁻¹. Any W serves: what its
 * rounding costs a query is measured by that query (NOTES.md "p = 4, moments"). Undefined where an entry overflows.
 */
export function momentCoordinates(
  factor: Pick<Factor, 'dim' | 'lower' | 'columnNorms' | 'live'> & {
    readonly preconditioner: Pick<MomentCoordinates, 'forward' | 'inverse'> | undefined
  },
): MomentCoordinates | undefined {
  const { dim, lower, preconditioner } = factor
  const forward = preconditioner?.forward.slice() ?? identity(dim)
  for (let a = 0; a < dim; a++) substitute(lower, forward.subarray(a * dim, (a + 1) * dim), dim)
  const inverse = timesTransposed(lower, preconditioner?.inverse ?? identity(dim), dim)
  if (![...forward, ...inverse].every(Number.isFinite)) return undefined
  return { forward, inverse, compensated: largeColumns(forward, factor) }
}

function identity(dim: number): Float64Array {
  return Float64Array.from({ length: dim * dim }, (_, i) => (i % (dim + 1) === 0 ? 1 : 0))
}

/** row <- L⁻¹ row. */
function substitute(lower: Float64Array, row: Float64Array, dim: number): void {
  for (let b = 0; b < dim; b++) {
    let value = row[b]
    for (let c = 0; c < b; c++) value -= lower[b * dim + c] * row[c]
    row[b] = value / lower[b * dim + b]
  }
}

/** Lᵀ matrix, [dim, dim]. */
function timesTransposed(lower: Float64Array, matrix: Float64Array, dim: number): Float64Array {
  const product = new Float64Array(dim * dim)
  for (let c = 0; c < dim; c++)
    for (let b = 0; b <= c; b++)
      for (let a = 0; a < dim; a++) product[b * dim + a] += lower[c * dim + b] * matrix[c * dim + a]
  return product
}

function largeColumns(
  forward: Float64Array,
  { dim, columnNorms, live }: Pick<Factor, 'dim' | 'columnNorms' | 'live'>,
): Uint32Array {
  const sizes = new Float64Array(dim)
  forward.forEach((value, i) => {
    const a = Math.floor(i / dim)
    if (live[a]) sizes[i % dim] += columnNorms[a] * Math.abs(value)
  })
  return Uint32Array.from(sizes.keys()).filter((b) => !(sizes[b] <= LARGE_COLUMN))
}
