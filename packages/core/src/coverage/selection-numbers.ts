import type { CoveredNumbers, CoveredRows } from './coverage-terms.ts'
import { deviationOf, histogramOf, meanOf, quantileOf, standardErrorOf } from './statistics.ts'

/** The quantiles of mass_i that are told. */
export const MASS_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const

/** How well one selection holds the attention of judged rows; null where there is no row, or no value, to tell it of. */
export interface SelectionNumbers {
  /** Of mass_i = Σ A_ij over S_i. */
  readonly massMean: number | null
  /** Of mass_i: at 0.05, 0.25, 0.5, 0.75 and 0.95. */
  readonly massQuantiles: readonly number[] | null
  /** sd / sqrt(N) · sqrt(1 - N / m): 0 where every row is judged. */
  readonly massStandardError: number | null
  /** Of several draws: sd of their massMeans. */
  readonly massDrawSd?: number | null
  /** Mean of |S_i| / |vis(i)|: what equal weights give. */
  readonly uniformMass: number | null
  /** Median of |S_i| / |vis(i)|, to hold beside that of mass_i; absent in older files. */
  readonly uniformMedian?: number | null
  /** Mean of |S_i|. */
  readonly keysPerRow: number | null
  /** Of the heavy pairs those in S_i. */
  readonly heavyRecall: number | null
  /** Of |o' - o| / |o|, rows with o = 0 counted out; with values. */
  readonly outputErrorMean?: number | null
  /** As `outputErrorMean`. */
  readonly outputErrorMedian?: number | null
  /** |O' - O| / |O|, Frobenius. */
  readonly outputErrorPooled?: number | null
  /** Rows by mass_i: 50 bins of [0, 1], the last one closed. */
  readonly histogram: readonly number[]
}

/** Of selection `at` of `covered`, all judged rows of `able` that could have been (docs/theory.md section 7). */
export function selectionNumbers(covered: CoveredRows, at: number, able: number): SelectionNumbers {
  const { seen, heavyPairs, selections } = covered
  const { mass, kept, held, error, drawMass } = selections[at]
  const rows = mass.length
  const sorted = mass.toSorted()
  const even = kept.map((count, q) => count / seen[q])
  return {
    massMean: meanOf(mass),
    massQuantiles: rows === 0 ? null : MASS_QUANTILES.map((share) => quantileOf(sorted, share)),
    massStandardError: standardErrorOf(mass, able),
    ...(drawMass.length > 1 && {
      massDrawSd: rows === 0 ? null : deviationOf(drawMass.map((sum) => sum / rows)),
    }),
    uniformMass: meanOf(even),
    uniformMedian: rows === 0 ? null : quantileOf(even.sort(), 0.5),
    keysPerRow: meanOf(kept),
    heavyRecall: heavyPairs === 0 ? null : held / heavyPairs,
    ...(error && errorNumbers(covered, selections[at], error)),
    histogram: histogramOf(mass),
  }
}

function errorNumbers(
  { outputSquares }: CoveredRows,
  { drawFar }: CoveredNumbers,
  error: Float64Array,
): Pick<SelectionNumbers, 'outputErrorMean' | 'outputErrorMedian' | 'outputErrorPooled'> {
  const told = error.filter((value) => !Number.isNaN(value)).sort()
  return {
    outputErrorMean: meanOf(told),
    outputErrorMedian: told.length === 0 ? null : quantileOf(told, 0.5),
    outputErrorPooled:
      outputSquares === 0 ? null : meanOf(drawFar.map((far) => Math.sqrt(far / outputSquares))),
  }
}
