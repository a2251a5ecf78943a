import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import { NO_EXPONENT, scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import type { SketchTerms } from './sketch-terms.ts'

/**
 * r CountSketches S_i K of the rows absorbed so far, in columns scaled by exact powers of two: each row is added, with a
 * random sign, to one random row of every sketch (theory.md section 9). Beside it a summary's `gram` holds the squares of
 * the columns alone.
 *
 * Merge law: addition, after the exponents are matched; a sketch of no rows is the identity.
 */
export class SketchSum {
  readonly dim: number
  readonly terms: SketchTerms
  /** [count, rows, dim] */
  readonly tables: Float64Array
  exponents: Int32Array
  /** No entry went through more additions. */
  depth: number
  /** Times that keys were dropped by a sketch of their rows: each may miss one, so the failure probability grows with it. */
  filters: number

  constructor(
    dim: number,
    terms: SketchTerms,
    exponents: Int32Array,
    parts?: { tables: Float64Array; depth: number; filters: number },
  ) {
    this.dim = dim
    this.terms = terms
    this.exponents = exponents
    this.tables = parts?.tables ?? new Float64Array(terms.count * terms.rows * dim)
    this.depth = parts?.depth ?? 0
    this.filters = parts?.filters ?? 0
  }

  /** Adds the sketch of other rows; `other` is unchanged. Throws IncompatibleSummary naming the term that differs. */
  merge(other: SketchSum): this {
    requireSameTerms(this, other)
    const target = this.exponents.map((e, a) => Math.max(e, other.exponents[a]))
    const theirs = other.exponents.every((e, a) => e === target[a]) ? other : other.clone()
    this.raiseTo(target)
    theirs.raiseTo(target)
    for (let i = 0; i < this.tables.length; i++) this.tables[i] += theirs.tables[i]
    this.depth = Math.max(this.depth, other.depth) + 1
    // The keys that both keep are filtered once more, by the joint sketch.
    const filters = this.filters + other.filters
    this.filters = filters === 0 ? 0 : filters + 1
    return this
  }

  clone(): SketchSum {
    const { depth, filters } = this
    return new SketchSum(this.dim, this.terms, this.exponents.slice(), {
      tables: this.tables.slice(),
      depth,
      filters,
    })
  }

  /** Rescales the columns from the present exponents to `target` >= them: exact but for underflow. */
  raiseTo(target: Int32Array): void {
    const { dim, tables, exponents } = this
    for (let a = 0; a < dim; a++) {
      const shift = exponents[a] - target[a]
      // A column without an exponent is zero.
      if (shift === 0 || exponents[a] === NO_EXPONENT) continue
      for (let i = a; i < tables.length; i += dim) tables[i] = scalePowerOfTwo(tables[i], shift)
    }
    this.exponents = target.slice()
  }
}

function requireSameTerms(a: SketchSum, b: SketchSum): void {
  for (const term of ['seed', 'count', 'rows', 'distortion'] as const) {
    if (a.terms[term] === b.terms[term]) continue
    const message =
      `one summary is a sketch with ${term} ${a.terms[term]}, the other with ${b.terms[term]}; ` +
      `only sketches of the same ${(['seed', 'delta', 'epsilon'] as const).map((name) => optionText(name)).join(', ')} and d, ` +
      'made for as many queries, can be merged'
    throw new LevError('IncompatibleSummary', message)
  }
}
