import type { CoveredNumbers, CoveredRows, CoverageTerms } from './coverage-terms.ts'

/** Of no rows. */
export function noneCovered({ selections, values }: CoverageTerms): CoveredRows {
  return {
    seen: new Float64Array(0),
    heavyPairs: 0,
    outputSquares: 0,
    selections: selections.map(({ sets }) => ({
      mass: new Float64Array(0),
      kept: new Float64Array(0),
      ...(values && { error: new Float64Array(0) }),
      held: 0,
      drawMass: new Float64Array(sets.length),
      drawFar: new Float64Array(sets.length),
    })),
  }
}

/** Of rows and those behind them; neither is changed. */
export function joinCovered(a: CoveredRows, b: CoveredRows): CoveredRows {
  return {
    seen: joined(a.seen, b.seen),
    heavyPairs: a.heavyPairs + b.heavyPairs,
    outputSquares: a.outputSquares + b.outputSquares,
    selections: a.selections.map((one, s) => joinNumbers(one, b.selections[s])),
  }
}

function joinNumbers(a: CoveredNumbers, b: CoveredNumbers): CoveredNumbers {
  return {
    mass: joined(a.mass, b.mass),
    kept: joined(a.kept, b.kept),
    error: a.error && b.error && joined(a.error, b.error),
    held: a.held + b.held,
    drawMass: a.drawMass.map((sum, draw) => sum + b.drawMass[draw]),
    drawFar: added(a.drawFar, b.drawFar),
  }
}

/** Without values there is nothing to be far from. */
function added(a: Float64Array, b: Float64Array): Float64Array {
  return b.length === 0 ? a : a.map((sum, draw) => sum + b[draw])
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
