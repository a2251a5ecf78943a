import { plainDense } from '../kernels/dense.ts'
import { UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { unusable } from './block-checks.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { conditionOf, equilibrate } from '../bounds/factor/certificate.ts'
import type { Factor } from '../bounds/factor/factor.ts'

/** Columns up to which eigenvalues take less than about a tenth of a second. */
export const MOST_MEASURED = 256
const SAME = 1e-6
/** Eigenvalues within this factor of the noise may count or not. */
const WINDOW = 16

/**
 * Throws Content unless `condition` is that of H [dim, dim], of unit columns: the root of the ratio of its extreme eigenvalues.
 * They are found to a few d u of the largest, which is that times condition² of the smallest. Above MOST_MEASURED columns
 * nothing is tried. Returns the eigenvalues, ascending.
 */
export function requireCondition(
  file: string,
  field: string,
  equilibrated: Float64Array,
  dim: number,
  condition: number,
): Float64Array | undefined {
  if (dim > MOST_MEASURED) return undefined
  const values = plainDense.eigenvalues(equilibrated, dim)
  const wanted = conditionOf(values, dim)
  const relTol = SAME + 8 * dim * UNIT_ROUNDOFF_F64 * Math.max(wanted, condition) ** 2
  if (Math.abs(condition - wanted) <= relTol * Math.max(wanted, condition)) return values
  throw unusable(file, field, `${wanted}, by the file's own sum`, condition)
}

/**
 * Throws Content unless the condition and rank of `factor`, of the rows whose Gram is `sum`, are those of H. A regular one is of
 * all live columns. Else what stands out of the noise counts, what is far within it does not.
 */
export function requireRank(file: string, factor: Factor, sum: GramSum): void {
  const { condition, rank, ridge, power } = factor
  const { equilibrated, live, eta, dim } = equilibrate(sum)
  const values = requireCondition(file, 'condition', equilibrated, dim, condition)
  if (!values) return
  const liveCount = live.reduce((count, one) => count + one, 0)
  const dead = dim - liveCount
  const [least, most] =
    ridge === 0 && !power ? [liveCount, liveCount] : ranksOf(values, eta + 4 * dim * UNIT_ROUNDOFF_F64, dead)
  // The passes that better coordinates took over G, before those over M, are not in the file.
  const [low, high] = power ? [least, liveCount] : (refinedRanks(factor, dead) ?? [least, most])
  if (rank >= low && rank <= high) return
  throw unusable(file, 'rank', low === high ? `${low}` : `from ${low} to ${high}`, rank)
}

/** What a rank may be by eigenvalues whose noise is known to a few times. */
function ranksOf(values: Float64Array, noise: number, dead: number): [least: number, most: number] {
  const above = (limit: number) => values.filter((value) => value > limit).length - dead
  return [above(WINDOW * noise), above(noise / WINDOW)]
}

/** In coordinates, with a ridge: by the sum in these, known to gramError against its trace. */
function refinedRanks({ preconditioner, ridge, gram, gramError, dim }: Factor, dead: number) {
  if (!preconditioner || ridge === 0) return undefined
  let trace = 0
  for (let i = 0; i < gram.length; i += dim + 1) trace += gram[i]
  const noise = (trace * gramError) / dim + 4 * dim * UNIT_ROUNDOFF_F64
  return ranksOf(plainDense.eigenvalues(gram, dim), noise, dead)
}
