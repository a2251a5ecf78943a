import { solveLowerTranspose } from '../linalg/triangular.ts'
import { gamma } from '../arithmetic/numeric.ts'
import { scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import { innerProduct, symmetricTimesVector } from './sign-probes.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import type { WeightedForm } from '../sums/weighted-form.ts'
import { unusable } from './block-checks.ts'

/** Room for the rounding of q, which the ridge holds far below this. */
const SAME = 1e-4

/**
 * Throws Content where S is below what M, G and the kept keys need together, p > 2: with x_l = q.k_l, by Hölder
 * qᵀMq = Σ w_l^(1-2/p) x_l² <= S^(1-2/p) (Σ|x_l|^p)^(2/p), whatever the weights. Kept keys' x_l are known; the others have
 * Σ x_l² <= r = 1 - that of the kept, and no x_l² above the rest's leverage, as qᵀGq <= 1. So a smaller S, or a larger M,
 * does not lower the bound of a key below what this q gives it. O(count · d) for each of `whitened`.
 *
 * `whitened`: L⁻¹k of keys that are tried, L [dim, dim] of G and its ridge; q is along L⁻ᵀ of it.
 */
export function requireTrueWeights(
  file: string,
  form: WeightedForm,
  { candidates, gram, p, dim }: SummaryState,
  lower: Float64Array,
  whitened: readonly Float64Array[],
): void {
  const queries = whitened.map((y) => {
    const size = Math.hypot(...y)
    return solveLowerTranspose(
      lower,
      y.map((value) => value / size),
      dim,
    )
  })
  const shifts = Int32Array.from(gram.exponents, (e) => (candidates.element === 'f64' && e > -2000 ? -e : 0))
  const dots = dotsOf(candidates.keys, shifts, queries)
  const isAll = candidates.count === gram.rowCount
  const { droppedKeys, weightSum } = form
  // Where a ridge told the rest's leverage, it is that of other queries.
  const leverage = droppedKeys.leverageRidge > 0 ? 1 : Math.min(1, droppedKeys.leverage)
  const size = weightSum ** (1 - 2 / p)
  queries.forEach((q, i) => {
    const least = size * normSquared(dots[i], p, isAll, leverage) * (1 + SAME)
    const found = innerProduct(q, symmetricTimesVector(form.gram.gram, q))
    const error = 2 * gamma(form.gram.depth + 3 * dim + 20) * sizeIn(form, q) ** 2
    if (!(found - error > least)) return
    const wanted = `${(weightSum * ((found - error) / least) ** (p / (p - 2))).toPrecision(3)} or more`
    throw unusable(
      file,
      'weightedSum',
      `${wanted}, by 'weightedGram', 'restLeverage' and the kept keys`,
      weightSum,
    )
  })
}

/** x [queries][keys]. */
function dotsOf(
  keys: Float32Array | Float64Array,
  shifts: Int32Array,
  queries: readonly Float64Array[],
): Float64Array[] {
  const dim = shifts.length
  const count = keys.length / dim
  const dots = queries.map(() => new Float64Array(count))
  const row = new Float64Array(dim)
  const isPlain = shifts.every((shift) => shift === 0)
  for (let slot = 0; slot < count; slot++) {
    for (let a = 0; a < dim; a++) {
      const value = keys[slot * dim + a]
      row[a] = isPlain ? value : scalePowerOfTwo(value, shifts[a])
    }
    queries.forEach((q, i) => (dots[i][slot] = innerProduct(row, q)))
  }
  return dots
}

/** At least (Σ|x_l|^p)^(2/p) over all rows, as Σ x_l² <= 1. */
function normSquared(x: Float64Array, p: number, isAll: boolean, leverage: number): number {
  const kept = x.reduce((sum, value) => sum + value * value, 0)
  const rest = (isAll ? 0 : Math.max(0, 1 - kept)) + SAME
  const largest = Math.min(leverage, rest)
  const top = x.reduce((most, value) => Math.max(most, Math.abs(value)), Math.sqrt(largest))
  if (!(top > 0)) return 0
  const share = x.reduce((sum, value) => sum + (Math.abs(value) / top) ** p, 0)
  const others = (largest / (top * top)) ** (p / 2 - 1) * (rest / (top * top))
  return top * top * (share + others) ** (2 / p)
}

/** Σ D_a|q_a|, D² being M's diagonal. */
function sizeIn({ gram: { gram, dim } }: WeightedForm, q: Float64Array): number {
  return q.reduce((sum, value, a) => sum + Math.sqrt(gram[a * (dim + 1)]) * Math.abs(value), 0)
}
