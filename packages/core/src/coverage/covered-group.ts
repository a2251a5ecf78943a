import type { CoveredNumbers, CoveredRows } from './coverage-terms.ts'
import type { GroupSet, GroupSums, GroupTerms } from './group-sums.ts'
import { farSquares, type MeasuredGroup, outputSquares } from './output-errors.ts'

/** The numbers of a group whose tiles have all gone by; `measured`: with values. */
export function coveredGroup(
  { scope, selections }: GroupTerms,
  sums: GroupSums,
  measured: MeasuredGroup | undefined,
): CoveredRows {
  const squares = measured && outputSquares(measured)
  return {
    seen: Float64Array.from(scope.seen, (_, q) => scope.seenCount(q)),
    heavyPairs: total(sums.all.held),
    outputSquares: squares ? total(squares) : 0,
    selections: selections.map((selection) => {
      const sets = sums.sets.filter((set) => set.selection === selection)
      return numbersOf(sets, squares, measured)
    }),
  }
}

/** Of the draws of one selection. */
function numbersOf(
  sets: readonly GroupSet[],
  squares: Float64Array | undefined,
  measured: MeasuredGroup | undefined,
): CoveredNumbers {
  const masses = sets.map((set) => set.sums.mass.map((mass) => Math.min(1, mass)))
  const far = measured ? sets.map((set) => farSquares(measured, set)) : []
  const errors = squares && far.map((one) => one.map((x, q) => Math.sqrt(x / squares[q])))
  return {
    mass: meanRows(masses),
    kept: meanRows(sets.map(({ counts }) => counts)),
    // 0 / 0: there is nothing to be far from.
    error: errors && meanRows(errors).map((error, q) => (squares[q] === 0 ? NaN : error)),
    held: total(meanRows(sets.map((set) => set.sums.held))),
    drawMass: Float64Array.from(masses, total),
    drawFar: Float64Array.from(far, total),
  }
}

function meanRows(draws: readonly Float64Array[]): Float64Array {
  if (draws.length === 1) return draws[0]
  return draws[0].map((_, q) => draws.reduce((sum, one) => sum + one[q], 0) / draws.length)
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
