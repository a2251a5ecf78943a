import type { Kernels } from '../../kernels/kernels.ts'
import type { Preconditioner } from '../factor/preconditioner.ts'
import { copyIn, withScratch } from '../../kernels/with-scratch.ts'
import { scaleColumns } from '../../arithmetic/column-exponents.ts'

/**
 * The smallest weight for p > 2: any weight is valid, and this one keeps M from being singular where t^(p/2) vanishes,
 * at a cost in S of n 2^-40.
 */
const LEAST_WEIGHT = 2 ** -40
/** A row whose t is below this is rounding or next to nothing: it stays out of M and S, which only makes bounds larger. */
export const LEAST_SQUARE = 2 ** -900

/** The weight w of a row with t = kᵀN⁻¹k, and w^(1/2-1/p), by which it goes into M: both 0 where it stays out. */
export interface RowWeight {
  weight: number
  scale: number
}

/** v = |k̂ T|² of `keys` [count, dim] as they were read: by T their weights were v^(p/2). */
export function entryScoresOf(
  kernels: Kernels,
  { forward }: Pick<Preconditioner, 'forward'>,
  exponents: Int32Array,
  keys: Float32Array | Float64Array,
  count: number,
): Float64Array {
  const dim = exponents.length
  return withScratch(kernels, () => {
    const matrix = copyIn(kernels, forward)
    const row = kernels.f64(dim)
    const mapped = kernels.f64(dim)
    const entryScores = new Float64Array(count)
    for (let r = 0; r < count; r++) {
      row.set(keys.subarray(r * dim, (r + 1) * dim))
      scaleColumns(row, 1, exponents)
      kernels.multiply(mapped, row, matrix, 1, dim, dim)
      entryScores[r] = mapped.reduce((sum, y) => sum + y * y, 0)
    }
    return entryScores
  })
}

/** Writes the weight t^(p/2) of theory.md section 2, from logarithms where powers would leave the number range. */
export function weighRow(out: RowWeight, p: number, t: number): void {
  if (!(t >= LEAST_SQUARE)) {
    out.weight = 0
    out.scale = 0
    return
  }
  const weight = t ** (p / 2)
  if (p > 2 && !(weight >= LEAST_WEIGHT)) {
    out.weight = LEAST_WEIGHT
    out.scale = LEAST_WEIGHT ** (1 / 2 - 1 / p)
    return
  }
  out.weight = weight
  out.scale = t ** (p / 4 - 1 / 2)
}
