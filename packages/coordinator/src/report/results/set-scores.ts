import type { UniversalSet } from '@levattention/core/internal'
import { cellsOf, type Layout } from '../facts/layout.ts'
import { ROUND_EPSILONS } from '../facts/report-facts.ts'
import { type ScoreFacts, ScoreShape } from '../facts/score-shape.ts'

/** How the scores of a head are summed up. */
export interface ShapeTerms {
  readonly layout: Layout
  readonly epsilon: number
  readonly topCount: number
  /** Where numbers are counted beside. */
  readonly counted?: readonly number[]
  /** How many keys take part; absent: all. */
  readonly keyCount?: number
}

/** What the bounds of a universal set say of the scores of all keys: of those outside of it that they are below its epsilon. */
export function setScores(
  {
    rowIds,
    bounds,
    rowCount: n,
    epsilon: floor,
  }: Pick<UniversalSet, 'rowIds' | 'bounds' | 'rowCount' | 'epsilon'>,
  terms: ShapeTerms,
): ScoreFacts {
  const shape = shapeOf(n, terms, floor)
  rowIds.forEach((key, i) => shape.add(key, bounds[i]))
  return shape.facts()
}

/** A shape of the scores of n keys, all known from `floor` on. */
export function shapeOf(
  n: number,
  { layout, epsilon, topCount, counted = [], keyCount = n }: ShapeTerms,
  floor = 0,
  slack = 0,
): ScoreShape {
  const epsilons = [...new Set([epsilon, ...counted, ...ROUND_EPSILONS])].filter((one) => one >= floor)
  return new ScoreShape({ n: keyCount, epsilons, topCount, cells: cellsOf(layout, n), floor, slack })
}
