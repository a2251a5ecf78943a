import { ExactSum } from '../arithmetic/exact-sum.ts'
import type { ImportanceSurvey } from './survey.ts'

/** The scale at which every row with a nonzero entry is certain. */
export const ALL_ROWS = Infinity

/**
 * The c with Σ_j min(1, c t_j) = `rows` (a whole number, at least 1) over all importances t_j; ALL_ROWS where no more
 * rows than that are nonzero. `survey` is of all rows, with the `rows` largest importances. NOTES.md "Sample".
 */
export function scaleOf({ nonzeroRows, sumParts, largest }: ImportanceSurvey, rows: number): number {
  if (rows >= nonzeroRows) return ALL_ROWS
  const rest = new ExactSum()
  rest.addParts(sumParts)
  let certain = 0
  // At certain = rows - 1 the largest of the rest is no more than their sum, so this ends before `largest` does.
  while ((rows - certain) * largest[certain] > rest.value) rest.add(-largest[certain++])
  return (rows - certain) / rest.value
}

/** p_j = min(1, c t_j). */
export function probabilityOf(importance: number, scale: number): number {
  // c may be infinite.
  return importance === 0 ? 0 : Math.min(1, scale * importance)
}
