import { transpose } from '../../linalg/transpose.ts'
import { solveLower } from '../../linalg/triangular.ts'
import { equilibrate } from '../factor/certificate.ts'
import { scaledLower } from '../factor/factor.ts'
import { GramSum } from '../../sums/gram-sum.ts'

/** Rounds that bring merged parts' scales close to where their weights would be those of one pass. */
const ROUNDS = 6

/** M of a part whose weights are multiplied by c: c^(1-2/p) M. A new value; one rounding an entry. */
export function scaledPart(p: number, sum: GramSum, scale: number): GramSum {
  const copy = sum.clone()
  if (scale === 1) return copy
  const factor = scale ** (1 - 2 / p)
  copy.gram.forEach((value, i) => (copy.gram[i] = value * factor))
  copy.depth++
  return copy
}

/**
 * p > 2: c of both parts, by c <- c^(1-s) (trace(N⁻¹ c^(1-2/p) M_part) / S_part)^s, N their scaled sum (theory.md section
 * 2). Bounds of a part do not change with its c, and S of both comes down to about the rank.
 */
export function partScales(
  p: number,
  parts: readonly { readonly gram: GramSum; readonly weightSum: number }[],
): number[] {
  const damping = 4 / (p + 2)
  let scales = parts.map(() => 1)
  for (let round = 0; round < ROUNDS; round++) {
    const scaled = parts.map(({ gram }, i) => scaledPart(p, gram, scales[i]))
    const sum = scaled.reduce((total, part) => total.merge(part), new GramSum(scaled[0].dim))
    const first = equilibrate(sum)
    const lower = scaledLower(first, 4 * first.eta)
    scales = scales.map((scale, i) => {
      const trace = traceIn(lower, matched(scaled[i], sum.exponents))
      return scale ** (1 - damping) * (Math.max(trace, 2 ** -20) / parts[i].weightSum) ** damping
    })
  }
  return scales
}

/** The part in the joint exponents. */
function matched(part: GramSum, exponents: Int32Array): GramSum {
  return new GramSum(part.dim, {
    gram: new Float64Array(part.gram.length),
    exponents: exponents.slice(),
    rowCount: 1,
    depth: 0,
  }).merge(part)
}

/** trace(L⁻¹ M L⁻ᵀ). */
function traceIn(lower: Float64Array, sum: GramSum): number {
  const { dim } = sum
  const matrix = sum.symmetric()
  const half = new Float64Array(dim * dim)
  for (let a = 0; a < dim; a++)
    half.set(solveLower(lower, matrix.slice(a * dim, (a + 1) * dim), dim), a * dim)
  const columns = transpose(half, dim)
  let trace = 0
  for (let a = 0; a < dim; a++) trace += solveLower(lower, columns.slice(a * dim, (a + 1) * dim), dim)[a]
  return trace
}
