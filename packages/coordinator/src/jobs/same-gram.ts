import { type GramSum, raiseExponents } from '@levattention/core/internal'

/** Sums over the same rows differ by their order of addition alone, which is far below this. */
const RELATIVE_TOLERANCE = 1e-9

/** True where two sums [d, d], or their diagonals, can be of the same rows: |A_ab - B_ab| is small against sqrt(A_aa A_bb). */
export function sameGram(a: GramSum, b: GramSum, diagonalOnly = false): boolean {
  if (a.dim !== b.dim || a.rowCount !== b.rowCount) return false
  const { dim } = a
  const exponents = a.exponents.map((e, i) => Math.max(e, b.exponents[i]))
  const [left, right] = [a, b].map((sum) => {
    const gram = sum.gram.slice()
    raiseExponents(gram, sum.exponents, exponents)
    return gram
  })
  const roots = Float64Array.from({ length: dim }, (_, i) => Math.sqrt(left[i * dim + i]))
  for (let i = 0; i < dim; i++) {
    for (let j = i; j < (diagonalOnly ? i + 1 : dim); j++) {
      const difference = Math.abs(left[i * dim + j] - right[i * dim + j])
      if (!(difference <= RELATIVE_TOLERANCE * roots[i] * roots[j])) return false
    }
  }
  return true
}
