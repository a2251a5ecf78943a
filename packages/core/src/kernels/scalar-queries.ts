import type { CertificateTerms, FilterTerms, PairColumnsOut, PairTerms } from './kernels.ts'
import { LARGEST_SHIFT } from './kernels.ts'
import { exponentOf } from '../arithmetic/column-exponents.ts'

/** See Kernels.powersOfTwo. */
export function powersOfTwo(
  factors: Float64Array,
  shifts: Uint32Array,
  maxima: Float64Array,
  count: number,
): number {
  for (let i = 0; i < count; i++) {
    const exponent = maxima[i] === 0 ? 0 : exponentOf(maxima[i])
    if (!(maxima[i] <= Number.MAX_VALUE) || Math.abs(exponent) >= LARGEST_SHIFT) return i
    shifts[i] = -exponent
    factors[i] = 2 ** -exponent
  }
  return count
}

/** See Kernels.certifyQueries. */
export function certifyQueries(
  errors: Float64Array,
  searched: Float64Array,
  rowSums: Float64Array,
  columnSizes: Float64Array,
  gramSizes: Float64Array,
  ridgeSizes: Float64Array,
  queryCount: number,
  { gramError, rootError, ridge, dropRidge, shortfall, ridgeShare, trustedBelow }: CertificateTerms,
): number {
  let settled = 0
  for (let q = 0; q < queryCount; q++) {
    const rowSum = rowSums[q]
    const known = (gramError * gramSizes[q]) / rowSum + rootError * Math.sqrt(columnSizes[q] / rowSum)
    const error = rowSum > 0 ? known : Infinity
    const ridgeLength = Math.sqrt(ridgeSizes[q]) + shortfall * Math.sqrt(columnSizes[q])
    const hidden = Math.max(ridge * (ridgeLength * ridgeLength), dropRidge * columnSizes[q])
    const isSettled = error <= trustedBelow && hidden <= ridgeShare * rowSum * (1 - error)
    errors[q] = error
    searched[q] = isSettled ? rowSum : 0
    if (isSettled) settled++
  }
  return settled
}

/** See Kernels.filterFactors. */
export function filterFactors(
  factors: Float64Array,
  rowSums: Float64Array,
  errors: Float64Array,
  queryCount: number,
  { epsilon, room, lengths, relative, underflow }: FilterTerms,
): void {
  for (let q = 0; q < queryCount; q++) {
    const c = room * Math.sqrt(epsilon * rowSums[q])
    const e = ((relative + errors[q]) * (lengths * Math.sqrt(rowSums[q]))) / c + underflow
    factors[q] = !(rowSums[q] > 0) ? 0 : e < 0.5 ? 1 / (c * (1 - e)) : NaN
  }
}

/** See Kernels.scorePairs; ~i where pair i is of a query or key that is not there. */
export function scorePairs(
  { queries: queryOf, slots, dots, scores, slacks }: PairColumnsOut,
  hits: Uint32Array,
  pairCount: number,
  queries: Float64Array,
  queryCount: number,
  keys: Float64Array,
  keyCount: number,
  rowSums: Float64Array,
  errors: Float64Array,
  dim: number,
  { rounding, limit, epsilon, queryStart, slotStart }: PairTerms,
): number {
  let kept = 0
  for (let i = 0; i < pairCount; i++) {
    const query = hits[2 * i]
    const key = hits[2 * i + 1]
    if (query >= queryCount || key >= keyCount) return ~i
    let dot = 0
    let size = 0
    for (let a = 0; a < dim; a++) {
      const product = queries[query * dim + a] * keys[key * dim + a]
      dot += product
      size += Math.abs(product)
    }
    const own = (rounding * size) / Math.abs(dot)
    const score = Math.min(1, (dot * dot) / rowSums[query])
    const isKnown = own <= limit
    const slack = isKnown ? own + errors[query] : NaN
    if (isKnown && !(score >= epsilon * (1 - slack))) continue
    queryOf[kept] = queryStart + query
    slots[kept] = slotStart + key
    dots[kept] = dot
    scores[kept] = score
    slacks[kept] = slack
    kept++
  }
  return kept
}
