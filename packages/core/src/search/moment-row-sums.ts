import { exponentOf, scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { type FourthMoments, productsInto } from '../bounds/power/fourth-moments.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import { transpose } from '../linalg/transpose.ts'

/** Queries whose row sums are computed together. */
const QUERIES_AT_ONCE = 64
/** After these z solves W z = q̂ but for its own rounding, unless W is too ill-conditioned to serve at all. */
const REFINEMENTS = 2
/**
 * Exponents of z, and of the row sum of z of largest entry 1, within which nothing that matters underflows, and no fourth power
 * of a dot overflows.
 */
const LARGEST_SHIFT = 200
const LARGEST_EXPONENT = 150
/** Roundings of the products' entries, of rows and queries, and of one product of two. */
const ENTRY_ROUNDINGS = 16

/** N = Σ_l <q̂, k̂_l>⁴ and the bound of its relative error, which is NaN or Infinity where the moments say nothing. */
export interface MomentRowSum {
  readonly rowSum: number
  readonly error: number
}

/**
 * Row sums of p = 4 from the keys' fourth moments: φ(z)ᵀ (Σ φ(x)φ(x)ᵀ) φ(z), D² operations a query whatever n. The error
 * is bounded for each query by what was computed, whatever the coordinates (NOTES.md "p = 4, moments").
 */
export class MomentRowSums {
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #gram: Float64Array // [D, D]
  readonly #toCoordinates: Float64Array // Pᵀ: q̂ · this = z
  readonly #residualRows: Float64Array // [dim, 2 dim], [W | I]
  readonly #roots: Float64Array // [D], ‖φ_i(X)‖ or more
  readonly #gramRounding: number
  readonly #columns: ColumnErrors

  /** Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, moments: FourthMoments) {
    const { gram, depth, coordinates, columnPowers } = moments
    const dim = columnPowers.length
    const columns = Math.sqrt(gram.length)
    this.#kernels = kernels
    this.#dim = dim
    this.#gram = copyIn(kernels, gram)
    this.#toCoordinates = copyIn(kernels, transpose(coordinates.inverse, dim))
    this.#residualRows = copyIn(kernels, besideIdentity(coordinates.forward, dim))
    this.#roots = Float64Array.from({ length: columns }, (_, i) => 1.01 * Math.sqrt(gram[i * (columns + 1)]))
    this.#gramRounding = gamma(depth + 2 * columns + ENTRY_ROUNDINGS)
    this.#columns = columnErrorsOf(moments)
  }

  /** Of scaled queries [dim] each; what is told of one depends on no other. */
  of(queries: readonly Float64Array[]): MomentRowSum[] {
    const sums: MomentRowSum[] = []
    for (let start = 0; start < queries.length; start += QUERIES_AT_ONCE)
      sums.push(
        ...withScratch(this.#kernels, () => this.#some(queries.slice(start, start + QUERIES_AT_ONCE))),
      )
    return sums
  }

  #some(queries: readonly Float64Array[]): MomentRowSum[] {
    const kernels = this.#kernels
    const dim = this.#dim
    const count = queries.length
    const columns = this.#roots.length
    const scaled = kernels.f64(count * dim)
    queries.forEach((query, i) => scaled.set(query, i * dim))
    const z = this.#times(scaled, count)
    for (let i = 0; i < REFINEMENTS; i++) subtract(z, this.#times(this.#residual(z, scaled, count), count))
    const residual = this.#residual(z, scaled, count)
    const step = this.#times(residual, count)
    const left = this.#residual(step, residual, count)
    const errors = queries.map((_, i) =>
      dotErrorOf(
        this.#columns,
        ...([z, step, scaled, residual, left].map((rows) => rowOf(rows, i, dim)) as Rows),
      ),
    )
    const shifts = queries.map((_, i) => normalise(rowOf(z, i, dim)))
    const [products, images] = [kernels.f64(count * columns), kernels.f64(count * columns)]
    for (let i = 0; i < count; i++) productsInto(products, i * columns, z, i * dim, dim)
    kernels.multiply(images, products, this.#gram, count, columns, columns)
    const forms = kernels.f64(count)
    kernels.rowDots(forms, images, products, count, columns)
    return queries.map((_, i) =>
      this.#sumOf(forms[i], rowOf(products, i, columns), scalePowerOfTwo(errors[i], -shifts[i]), shifts[i]),
    )
  }

  /** `form`: the row sum of z 2^-shift, whose dots are off by `dotError` in the 4-norm over the keys. */
  #sumOf(form: number, products: Float64Array, dotError: number, shift: number): MomentRowSum {
    const exponent = form > 0 && form < Infinity ? exponentOf(form) : Infinity
    if (Math.abs(exponent) > LARGEST_EXPONENT || Math.abs(shift) > LARGEST_SHIFT)
      return { rowSum: 0, error: Infinity }
    let size = 0
    for (let i = 0; i < products.length; i++) size += Math.abs(products[i]) * this.#roots[i]
    const ofSums = (this.#gramRounding * size * size) / form
    return {
      rowSum: scalePowerOfTwo(form, 4 * shift),
      error: 1.02 * (ofSums + (4 * dotError) / form ** 0.25),
    }
  }

  /** Rows of `rows` [count, dim] times Pᵀ. */
  #times(rows: Float64Array, count: number): Float64Array {
    const out = this.#kernels.f64(count * this.#dim)
    this.#kernels.multiply(out, rows, this.#toCoordinates, count, this.#dim, this.#dim)
    return out
  }

  /** W z - right for rows z, right [count, dim], as if in twice the precision. */
  #residual(z: Float64Array, right: Float64Array, count: number): Float64Array {
    const dim = this.#dim
    const beside = this.#kernels.f64(2 * count * dim)
    for (let i = 0; i < count; i++)
      for (let a = 0; a < dim; a++) {
        beside[2 * i * dim + a] = z[i * dim + a]
        beside[(2 * i + 1) * dim + a] = -right[i * dim + a]
      }
    const out = this.#kernels.f64(count * dim)
    this.#kernels.compensatedDots(out, beside, count, this.#residualRows, dim, 2 * dim)
    return out
  }
}

/** What rounding costs, column by column, in 4-norms over the keys: ‖v‖₄ = (Σ_l v_l⁴)^(1/4). */
interface ColumnErrors {
  /** ‖k̂_a‖₄ [dim]. */
  readonly keys: Float64Array
  /** ‖x_b‖₄ [dim]. */
  readonly rows: Float64Array
  /** Of the rounding of x_b = (k̂ W)_b, and gamma² Σ_a ‖k̂_a‖₄ |W_ab| [dim]. */
  readonly ofRows: Float64Array
  /** gamma_{2d+2}², of compensated residuals. */
  readonly compensated: number
}

function columnErrorsOf({ gram, coordinates, columnPowers }: FourthMoments): ColumnErrors {
  const dim = columnPowers.length
  const columns = Math.sqrt(gram.length)
  const keys = columnPowers.map((power) => 1.01 * power ** 0.25)
  const sizes = new Float64Array(dim)
  coordinates.forward.forEach((value, i) => (sizes[i % dim] += Math.abs(value) * keys[Math.floor(i / dim)]))
  // φ_bb = x_b² stands behind the products of b columns: dim, dim - 1, …
  const rows = Float64Array.from({ length: dim }, (_, b) => {
    const place = b * dim - (b * (b - 1)) / 2
    return 1.01 * gram[place * (columns + 1)] ** 0.25
  })
  const compensated = 1.01 * gamma(2 * dim + 2) ** 2
  const isCompensated = new Set(coordinates.compensated)
  const ofRows = sizes.map((size, b) => {
    const rounding = isCompensated.has(b) ? 1.01 * UNIT_ROUNDOFF_F64 * rows[b] : gamma(dim + 1) * size
    return rounding + 2 * compensated * size
  })
  return { keys, rows, ofRows, compensated }
}

type Rows = [
  z: Float64Array,
  step: Float64Array,
  query: Float64Array,
  residual: Float64Array,
  left: Float64Array,
]

/** ‖<z, x̂_l> - <q̂, k̂_l>‖₄ over the keys at most: NOTES.md "p = 4, moments", 2. All rows [dim]. */
function dotErrorOf(
  { keys, rows, ofRows, compensated }: ColumnErrors,
  ...[z, step, query, residual, left]: Rows
) {
  let error = 0
  for (let a = 0; a < keys.length; a++) {
    const r = Math.abs(residual[a])
    error += Math.abs(z[a]) * ofRows[a] + Math.abs(step[a]) * (rows[a] + ofRows[a])
    error +=
      keys[a] * (1.01 * (Math.abs(left[a]) + UNIT_ROUNDOFF_F64 * r) + compensated * (Math.abs(query[a]) + r))
  }
  return 1.01 * error
}

/** [W | I]. */
function besideIdentity(forward: Float64Array, dim: number): Float64Array {
  const rows = new Float64Array(2 * dim * dim)
  for (let a = 0; a < dim; a++) {
    rows.set(forward.subarray(a * dim, (a + 1) * dim), 2 * a * dim)
    rows[(2 * a + 1) * dim + a] = 1
  }
  return rows
}

function rowOf(rows: Float64Array, i: number, width: number): Float64Array {
  return rows.subarray(i * width, (i + 1) * width)
}

function subtract(from: Float64Array, values: Float64Array): void {
  for (let i = 0; i < from.length; i++) from[i] -= values[i]
}

/** row *= 2^-shift in place, so that its largest entry is in [1/2, 1). Returns the shift; 0 for a row of zeros. */
function normalise(row: Float64Array): number {
  let largest = 0
  for (const value of row) largest = Math.max(largest, Math.abs(value))
  const shift = largest > 0 ? exponentOf(largest) : 0
  for (let a = 0; a < row.length; a++) row[a] = scalePowerOfTwo(row[a], -shift)
  return shift
}
