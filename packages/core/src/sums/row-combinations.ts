import { exactDot } from '../arithmetic/expansion.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { columnRelations } from '../linalg/column-relations.ts'
import { areIndependent, gramAmongRows, inScaledColumns } from './independent-rows.ts'

/** Rows K [n, d] as combinations of some of them, exactly: K = C K_kept. */
export interface RowCombinations {
  /** The rows [r] of K_kept, ascending: independent as `areIndependent` shows it. */
  readonly kept: readonly number[]
  /** C [n, r]: unit rows for those that are kept, 0 for rows of zeros. */
  readonly multiples: Float64Array
}

/** Relations among more rows take longer to find than they save. */
const MOST_ROWS = 512

/**
 * Undefined where some row depends on others, but not exactly as whole multiples (or halves, quarters, ...) of them added up, or where
 * float64 does not show which rows are independent.
 *
 * As K_kept has full row rank, K_kept y runs through all of R^r, and so what row j takes of |K y|^p is what row j of C takes of |C z|^p: for
 * every p the sensitivities of K are those of C, whatever K_kept holds.
 */
export function rowCombinations(
  kernels: Kernels,
  rows: Float32Array | Float64Array,
  n: number,
  d: number,
): RowCombinations | undefined {
  const nonzero = Array.from({ length: n }, (_, i) => i).filter((i) => hasEntry(rows, i * d, d))
  if (nonzero.length === 0) return undefined
  if (nonzero.length <= d && areIndependent(kernels, picked(rows, nonzero, d), nonzero.length, d))
    return { kept: nonzero, multiples: selection(n, nonzero) }
  if (n > MOST_ROWS) return undefined
  // Scaling columns by powers of two changes no relation, and keeps products from underflow.
  const scaled = inScaledColumns(rows, n, d)
  if (scaled === undefined) return undefined
  const found = columnRelations(gramAmongRows(kernels, scaled, n, d), n)
  if (found === undefined || found.kept.length === 0 || found.kept.length > d) return undefined
  const { kept, relations } = found
  const own = picked(rows, kept, d)
  if (!holdExactly(relations, scaled, n, d) || !areIndependent(kernels, own, kept.length, d)) return undefined
  const multiples = selection(n, kept)
  const places = new Map(kept.map((row, at) => [row, at]))
  for (let r = 0; r < relations.length / n; r++) {
    const relation = relations.subarray(r * n, (r + 1) * n)
    const row = relation.findIndex((multiple, i) => multiple !== 0 && !places.has(i))
    const whole = relation[row]
    // Division by it is to round nothing.
    if ((whole & (whole - 1)) !== 0) return undefined
    for (const [i, at] of places) multiples[row * kept.length + at] = -relation[i] / whole
  }
  return { kept, multiples }
}

function hasEntry(rows: Float32Array | Float64Array, start: number, count: number): boolean {
  for (let at = start; at < start + count; at++) if (rows[at] !== 0) return true
  return false
}

function picked(rows: Float32Array | Float64Array, which: readonly number[], d: number): Float64Array {
  const own = new Float64Array(which.length * d)
  which.forEach((row, at) => own.set(rows.subarray(row * d, (row + 1) * d), at * d))
  return own
}

/** [n, r]: 1 where a row is the one kept. */
function selection(n: number, kept: readonly number[]): Float64Array {
  const multiples = new Float64Array(n * kept.length)
  kept.forEach((row, at) => (multiples[row * kept.length + at] = 1))
  return multiples
}

/** Whether `relations` [count, n] times the rows [n, d] are 0, by sums without rounding. */
function holdExactly(relations: Float64Array, rows: Float64Array, n: number, d: number): boolean {
  for (let r = 0; r < relations.length / n; r++) {
    const relation = relations.subarray(r * n, (r + 1) * n)
    const involved = Array.from(relation.keys()).filter((i) => relation[i] !== 0)
    const multiples = Float64Array.from(involved, (i) => relation[i])
    const values = new Float64Array(involved.length)
    for (let a = 0; a < d; a++) {
      involved.forEach((i, at) => (values[at] = rows[i * d + a]))
      if (exactDot(multiples, 0, values, 0, values.length) !== 0) return false
    }
  }
  return true
}
