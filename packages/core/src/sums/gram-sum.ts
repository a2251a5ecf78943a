import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { plainDense } from '../kernels/dense.ts'
import { NO_EXPONENT, scalePowerOfTwo } from '../arithmetic/column-exponents.ts'

/** A GramSum as plain data. */
export interface GramParts {
  readonly gram: Float64Array // [dim, dim], upper triangle
  readonly exponents: Int32Array // [dim]
  readonly rowCount: number
  readonly depth: number
}

/**
 * The Gram form of a summary: G = KᵀK [dim, dim] of the rows absorbed so far, in columns scaled by exact powers of two:
 * column a of K is 2^exponents[a] times column a of the scaled matrix. Only the upper triangle is kept.
 *
 * Merge law: addition after the exponents are matched (to the larger, so that nothing overflows).
 * `depth` is h of theory.md section 8: no entry went through more than `depth` additions, so
 * |G_ab - exact| <= gamma_{depth+1} sqrt(G_aa G_bb) (the 1: products of float64 entries are rounded, of float32 are exact).
 */
export class GramSum {
  readonly dim: number
  /** [dim, dim], upper triangle. */
  readonly gram: Float64Array
  /** [dim]; NO_EXPONENT where the column has been zero so far. */
  readonly exponents: Int32Array
  rowCount: number
  depth: number

  constructor(dim: number, parts?: GramParts) {
    this.dim = dim
    this.gram = parts?.gram ?? new Float64Array(dim * dim)
    this.exponents = parts?.exponents ?? new Int32Array(dim).fill(NO_EXPONENT)
    this.rowCount = parts?.rowCount ?? 0
    this.depth = parts?.depth ?? 0
  }

  /** Adds `other` ([dim, dim] of other rows). Throws IncompatibleSummary where dim differs. */
  merge(other: GramSum, dense = plainDense): this {
    if (other.dim !== this.dim) {
      const message = `one summary has ${counted(this.dim, 'column')}, the other ${other.dim}; only summaries of equal d can be merged`
      throw new LevError('IncompatibleSummary', message)
    }
    if (other.rowCount === 0) return this
    const target = this.exponents.map((e, a) => Math.max(e, other.exponents[a]))
    const theirs = other.gram.slice()
    raiseExponents(this.gram, this.exponents, target)
    raiseExponents(theirs, other.exponents, target)
    this.exponents.set(target)
    dense.add(this.gram, theirs)
    this.depth = this.rowCount === 0 ? other.depth : Math.max(this.depth, other.depth) + 1
    this.rowCount += other.rowCount
    return this
  }

  clone(): GramSum {
    const { rowCount, depth } = this
    if (rowCount === 0) return new GramSum(this.dim)
    return new GramSum(this.dim, {
      gram: this.gram.slice(),
      exponents: this.exponents.slice(),
      rowCount,
      depth,
    })
  }

  get parts(): GramParts {
    const { gram, exponents, rowCount, depth } = this
    return { gram, exponents, rowCount, depth }
  }

  /** G with both triangles, [dim, dim]. */
  symmetric(): Float64Array {
    const full = this.gram.slice()
    mirrorUpper(full, this.dim)
    return full
  }

  /** G with both triangles in the keys' own columns, [dim, dim]. */
  unscaled(): Float64Array {
    const full = this.symmetric()
    const scales = Float64Array.from(this.exponents, (e) => (e === NO_EXPONENT ? 1 : 2 ** e))
    for (let a = 0, at = 0; a < this.dim; a++)
      for (let b = 0; b < this.dim; b++, at++) full[at] = full[at] * scales[a] * scales[b]
    return full
  }
}

/** Side of the squares that are mirrored together: 16 rows of 16 numbers fit the first cache whatever dim is. */
const SQUARE = 16

function mirrorUpper(matrix: Float64Array, dim: number): void {
  for (let rowStart = 0; rowStart < dim; rowStart += SQUARE) {
    const rowEnd = Math.min(rowStart + SQUARE, dim)
    for (let columnStart = 0; columnStart <= rowStart; columnStart += SQUARE) {
      for (let a = rowStart; a < rowEnd; a++) {
        const columnEnd = Math.min(columnStart + SQUARE, a)
        for (let b = columnStart; b < columnEnd; b++) matrix[a * dim + b] = matrix[b * dim + a]
      }
    }
  }
}

/** Rescales the upper triangle of `gram` from `exponents` to `target` >= exponents: exact but for underflow to zero. */
export function raiseExponents(gram: Float64Array, exponents: Int32Array, target: Int32Array): void {
  const dim = exponents.length
  if (exponents.every((e, a) => e === target[a])) return
  for (let a = 0; a < dim; a++) {
    for (let b = a; b < dim; b++) {
      const shift = exponents[a] - target[a] + exponents[b] - target[b]
      const entry = gram[a * dim + b]
      if (shift !== 0 && entry !== 0) gram[a * dim + b] = scalePowerOfTwo(entry, shift)
    }
  }
}
