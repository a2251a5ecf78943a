import { qrColumnError } from '../linalg/qr-error.ts'
import { qrUpdate, qrUpper } from '../linalg/qr.ts'
import { gamma } from '../arithmetic/numeric.ts'
import { scaleColumns, scalePowerOfTwo } from '../arithmetic/column-exponents.ts'

/** The R of some rows, and c with | ‖R q‖ - ‖K̂ q‖ | <= c Σ_a D_a |q_a| (linalg/qr-error.ts). */
export interface TriangularLevel {
  readonly upper: Float64Array // [dim, dim], upper triangular
  readonly columnError: number
}

/**
 * The triangular form of a summary: R with RᵀR = KᵀK by QR (of chunks that are well conditioned by Cholesky, which is then
 * as good: gram-root.ts), for rows that cannot be read twice. Its error does not meet
 * the square of the condition number, as the Gram form's does (theory.md section 8).
 *
 * Merge law: the R of both R's stacked. Rows come in chunks; level i holds the R of 2^i chunks, as in a binary counter,
 * so that the error grows with the logarithm of the number of chunks.
 */
export class TriangularSum {
  readonly dim: number
  exponents: Int32Array
  /** Index i: the R of 2^i chunks, or of a merged summary. */
  readonly levels: (TriangularLevel | undefined)[]

  constructor(dim: number, exponents: Int32Array, levels: (TriangularLevel | undefined)[] = []) {
    this.dim = dim
    this.exponents = exponents
    this.levels = levels
  }

  /**
   * Takes a chunk of rows [rowCount, dim], which is overwritten; `exponents` are those of all rows so far, this chunk's
   * included.
   */
  absorb(rows: Float64Array, rowCount: number, exponents: Int32Array): void {
    scaleColumns(rows, rowCount, exponents)
    this.absorbScaled(rows, rowCount, exponents)
  }

  /** As `absorb`, for rows that are scaled already and whose entries are known to a relative `rowError`. */
  absorbScaled(rows: Float64Array, rowCount: number, exponents: Int32Array, rowError = 0): void {
    this.raiseTo(exponents)
    const columnError = withRowError(qrColumnError(rowCount, this.dim), rowError)
    this.#carry({ upper: qrUpper(rows, rowCount, this.dim), columnError }, 0)
  }

  /** R of the same rows times `factor`, in place. */
  scaleBy(factor: number): void {
    this.levels.forEach((level, index) => {
      if (!level) return
      const columnError = withRowError(level.columnError, gamma(1))
      this.levels[index] = { upper: level.upper.map((value) => value * factor), columnError }
    })
  }

  /** Takes the R of a chunk, in columns of exponents `own`; `exponents` as for `absorb`. `level` is overwritten. */
  absorbRoot(level: TriangularLevel, own: Int32Array, exponents: Int32Array): void {
    this.raiseTo(exponents)
    new TriangularSum(this.dim, own, [level]).raiseTo(exponents)
    this.#carry(level, 0)
  }

  /** Takes in the R of other rows; `other` is unchanged. */
  merge(other: TriangularSum): this {
    const target = this.exponents.map((e, a) => Math.max(e, other.exponents[a]))
    const theirs = other.clone()
    this.raiseTo(target)
    theirs.raiseTo(target)
    const top = Math.max(this.levels.length, theirs.levels.length)
    const joined = joinLevels(this.whole(), theirs.whole(), this.dim)
    this.levels.length = 0
    this.levels[top] = joined
    return this
  }

  /** The R of all rows. */
  whole(): TriangularLevel {
    const present = this.levels.filter((level) => level !== undefined)
    const none = { upper: new Float64Array(this.dim * this.dim), columnError: 0 }
    return present.reduce((small, large) => joinLevels(large, small, this.dim), none)
  }

  clone(): TriangularSum {
    const levels = this.levels.map((level) => level && { ...level, upper: level.upper.slice() })
    return new TriangularSum(this.dim, this.exponents.slice(), levels)
  }

  /** Rescales the columns from the present exponents to `target` >= them: exact but for underflow. */
  raiseTo(target: Int32Array): void {
    const { dim, exponents } = this
    for (const level of this.levels) {
      if (!level) continue
      for (let a = 0; a < dim; a++) {
        const shift = exponents[a] - target[a]
        if (shift === 0) continue
        for (let i = 0; i <= a; i++) {
          level.upper[i * dim + a] = scalePowerOfTwo(level.upper[i * dim + a], shift)
        }
      }
    }
    this.exponents = target.slice()
  }

  #carry(level: TriangularLevel, index: number): void {
    const present = this.levels[index]
    this.levels[index] = undefined
    if (present === undefined) this.levels[index] = level
    else this.#carry(joinLevels(present, level, this.dim), index + 1)
  }
}

/** c where the rows' entries are known to a relative `rowError`: those move ‖K̂ q‖ by rowError Σ_a D_a |q_a|. */
export function withRowError(columnError: number, rowError: number): number {
  return columnError + rowError + columnError * rowError
}

/** The R of [a; b]; both are unchanged. Errors compose as qr-error.ts says. */
function joinLevels(a: TriangularLevel, b: TriangularLevel, dim: number): TriangularLevel {
  const upper = a.upper.slice()
  qrUpdate(upper, b.upper, dim, dim)
  const before = Math.max(a.columnError, b.columnError)
  const step = qrColumnError(dim, dim)
  return { upper, columnError: before + step + before * step }
}
