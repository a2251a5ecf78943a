import { gamma } from '../arithmetic/numeric.ts'
import type { Candidates } from '../sums/candidates.ts'
import { NO_EXPONENT, scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { type RowWeight, weighRow } from '../bounds/power/row-weights.ts'
import { innerProduct, signProbes, symmetricTimesVector } from './sign-probes.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import { unusable } from './block-checks.ts'

/** A weight's own rounding, of another build's power function. */
const SAME = 1e-9

/**
 * Throws Content where all rows are kept and their sum is not the file's Gram matrix, tried with vectors of signs q over the
 * roots of its diagonal: |K̂q|² against qᵀGq, which is known to gamma_{depth+1} d², d = (Σ D_a|q_a|). p < 2: M too, whose
 * weights stay what they were on arrival.
 */
export function requireSumsOfKept(file: string, { gram, candidates, weighted, p }: SummaryState): void {
  if (candidates.count !== gram.rowCount || gram.rowCount === 0) return
  requireSumOf(file, 'gram', gram, candidates, () => 1)
  if (!weighted || p > 2) return
  const row: RowWeight = { weight: 0, scale: 0 }
  requireSumOf(file, 'weightedGram', weighted.gram, candidates, (slot) => {
    weighRow(row, p, candidates.entryScores[slot])
    return row.scale
  })
}

function requireSumOf(
  file: string,
  field: string,
  { gram, dim, depth, exponents }: GramSum,
  { keys, count }: Candidates,
  scaleOf: (slot: number) => number,
): void {
  const norms = Float64Array.from({ length: dim }, (_, a) => Math.sqrt(gram[a * (dim + 1)]))
  // Beyond this the squares of q leave the number range.
  if (norms.some((norm) => norm !== 0 && (norm < 2 ** -500 || norm > 2 ** 500))) return
  const queries = signProbes(dim).map((signs) => signs.map((sign, a) => (norms[a] > 0 ? sign / norms[a] : 0)))
  const found = new Float64Array(queries.length)
  const row = new Float64Array(dim)
  for (let slot = 0; slot < count; slot++) {
    for (let a = 0; a < dim; a++)
      row[a] = scalePowerOfTwo(keys[slot * dim + a], exponents[a] === NO_EXPONENT ? 0 : -exponents[a])
    const scale = scaleOf(slot)
    queries.forEach((q, i) => (found[i] += (scale * innerProduct(row, q)) ** 2))
  }
  const room = (2 * gamma(depth + count + 3 * dim + 20) + SAME) * dim * dim
  queries.forEach((q, i) => {
    const wanted = innerProduct(q, symmetricTimesVector(gram, q))
    if (Math.abs(found[i] - wanted) <= room) return
    const weighed = field === 'gram' ? '' : " by their 'arrivals'"
    throw unusable(
      file,
      field,
      `the sum of all its rows${weighed}, which it keeps`,
      wanted,
      `for a vector of signs, where the rows give ${found[i]}`,
    )
  })
}
