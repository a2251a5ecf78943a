/** Heads of the oracle through the product's coverage, one key head after another. */
import { expect } from 'vitest'
import { coverGroup } from '#coordinator/coverage/cover-group'
import { type HeadCoverage, headCoverage } from '#coordinator/coverage/coverage-facts'
import { coverageProblem } from '#coordinator/coverage/coverage-problem'
import type { RunContext } from '#coordinator/tasks/run-context'
import type { OracleCoverage, OracleCoverageOptions, OracleSelectionNumbers } from './coverage.ts'
import { keyHeadOf, type OracleHeads } from './head.ts'
import { histogram } from './statistics.ts'
import { denseOf, type Element, sourceOfDense, visibilityOf } from './product.ts'

interface Asked {
  readonly heads: OracleHeads
  readonly element: Element
  readonly options: OracleCoverageOptions
}

/** A head's numbers, with those of each row. */
export interface CoveredHere {
  readonly numbers: HeadCoverage
  readonly rows: readonly number[]
  readonly mass: readonly Float64Array[]
  readonly error: readonly (Float64Array | undefined)[]
}

export async function coveredHere(asked: Asked, context: RunContext): Promise<CoveredHere[]> {
  const { heads, element, options } = asked
  const { scores = {}, ...others } = options
  const visibility = visibilityOf(options)
  const { queryMask: _mask, queryRows: _rows, ...unmasked } = visibility
  const [first, firstKeys] = [heads.queries[0], heads.keys[0]]
  const shape = {
    keyCount: firstKeys.rows,
    queryCount: first.rows,
    dim: first.cols,
    hasFitQueries: heads.fitQueries !== undefined,
    scores: Object.keys(scores),
  }
  const { keyRows, queryRows, keyMask, queryMask } = visibility
  const problem = coverageProblem({ ...others, keyRows, queryRows, keyMask, queryMask }, shape)
  const source = (matrix: Parameters<typeof denseOf>[0]) => sourceOfDense(denseOf(matrix, element))
  const found: CoveredHere[] = []
  for (const [keyHead, keys] of heads.keys.entries()) {
    const own = [...heads.queries.keys()].filter((h) => keyHeadOf(h, heads) === keyHead)
    const queries = own.map((h) => source(heads.queries[h]))
    const { fitQueries } = heads
    const fitHeads = fitQueries?.filter((_, h) => keyHeadOf(h, { ...heads, queries: fitQueries }) === keyHead)
    const group = {
      problem,
      keys: source(keys),
      values: heads.values && source(heads.values[keyHead]),
      queries,
      fit: {
        queries: fitHeads?.map(source) ?? queries,
        visibility: fitHeads ? unmasked : visibility,
        evenQueries: options.holdout === true && !fitHeads,
      },
      scores: new Map(
        Object.entries(scores).map(([name, ofHeads]) => [name, Float64Array.from(ofHeads[keyHead])]),
      ),
    }
    const covered = await coverGroup(group, context)
    covered.forEach((head, at) => {
      const standing = { index: own[at], keyHead }
      const numbers = headCoverage(standing, head, problem, { n: keys.rows, m: first.rows })
      const { selections } = head.covered
      const mass = selections.map((one) => one.mass)
      found.push({ numbers, rows: [...head.judged.rows], mass, error: selections.map((one) => one.error) })
    })
  }
  return found
}

/** Every number within `off`, every bin and every count. */
export function expectCoverage(found: readonly CoveredHere[], answer: OracleCoverage, off: number): void {
  found.forEach(({ numbers, rows, mass, error }, h) => {
    const { selections, ...head } = answer.heads[h]
    expect(numbers).toMatchObject(head)
    expect(rows).toEqual(answer.judgedRows)
    selections.forEach((selection, s) => {
      const what = `head ${h}, ${selection.select}, ${selection.keep}`
      const { mass: masses, error: errors, histogram: bins, ...wanted } = selection
      const { histogram: ownBins, ...own } = numbers.selections[s]
      expectNumbers(own, wanted, off, what)
      expectClose([...mass[s]], masses, off, `${what}: mass`)
      // A mass on a bin's edge (8 of 16 draws with a share a and 8 with 1 - a) may round to either side of it, no other may.
      expect(ownBins, `${what}: histogram of its own masses`).toEqual(histogram([...mass[s]]))
      expect(binsWithoutEdges(ownBins, masses, off), `${what}: histogram`).toEqual(
        binsWithoutEdges(bins, masses, off),
      )
      if (errors) expectClose([...(error[s] ?? [])], errors, off, `${what}: error`)
    })
  })
}

/** Rows up to each bin's end; NaN where a row's mass is within `off` of that end, whose two bins share it. */
function binsWithoutEdges(bins: readonly number[], masses: readonly number[], off: number): number[] {
  let below = 0
  return bins.map((count, bin) => {
    below += count
    const edge = (bin + 1) / bins.length
    return edge < 1 && masses.some((mass) => Math.abs(mass - edge) <= off) ? NaN : below
  })
}

type Numbers = Omit<OracleSelectionNumbers, 'mass' | 'error' | 'histogram'>

function expectNumbers(found: object, wanted: Numbers, off: number, what: string): void {
  expect(Object.keys(found).sort(), what).toEqual(Object.keys(wanted).sort())
  for (const [name, value] of Object.entries(wanted)) {
    const own = (found as Record<string, unknown>)[name]
    if (typeof value === 'number' && name !== 'keep')
      expectClose([own as number], [value], off, `${what}: ${name}`)
    else if (name === 'massQuantiles' && value !== null)
      expectClose(own as number[], value as number[], off, `${what}: ${name}`)
    else expect(own, `${what}: ${name}`).toEqual(value)
  }
}

function expectClose(found: readonly number[], wanted: readonly number[], off: number, what: string): void {
  expect(found.length, what).toBe(wanted.length)
  wanted.forEach((value, i) => {
    if (Number.isNaN(value)) expect(found[i], `${what} ${i}`).toBeNaN()
    else
      expect(Math.abs(found[i] - value), `${what} ${i}: ${found[i]}, not ${value}`).toBeLessThanOrEqual(off)
  })
}
