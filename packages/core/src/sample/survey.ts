import type { ShardRows } from '../matrix/row-blocks.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { ExactSum } from '../arithmetic/exact-sum.ts'
import { forEachImportance } from './importance.ts'
import { LargestValues } from '../arithmetic/largest-values.ts'

/** What the scale of a sample's probabilities needs to know of some rows. Plain data; `SurveySum` joins them. */
export interface ImportanceSurvey {
  /** Rows with a nonzero entry. */
  readonly nonzeroRows: number
  /** Parts of an ExactSum of all importances. */
  readonly sumParts: Float64Array
  /** The largest importances, descending: as many as the sample has rows in expectation. */
  readonly largest: Float64Array
}

/** Surveys rows [range) of `source` for a sample of `rows` rows. */
export function surveyImportances(shard: ShardRows, factor: Factor, rows: number): ImportanceSurvey {
  const sum = new SurveySum(rows)
  forEachImportance(shard, factor, (importances) => {
    for (const importance of importances) sum.addRow(importance)
  })
  return sum.finish()
}

/** Joins surveys of disjoint rows: in any order and of any cut, the same. Holds O(rows) numbers. */
export class SurveySum {
  readonly #largest: LargestValues
  readonly #sum = new ExactSum()
  #nonzeroRows = 0

  constructor(rows: number) {
    this.#largest = new LargestValues(rows)
  }

  addRow(importance: number): void {
    if (importance === 0) return
    this.#nonzeroRows++
    this.#sum.add(importance)
    this.#largest.push(importance)
  }

  add({ nonzeroRows, sumParts, largest }: ImportanceSurvey): void {
    this.#nonzeroRows += nonzeroRows
    this.#sum.addParts(sumParts)
    for (const importance of largest) this.#largest.push(importance)
  }

  finish(): ImportanceSurvey {
    return { nonzeroRows: this.#nonzeroRows, sumParts: this.#sum.parts, largest: this.#largest.sorted() }
  }
}

/** The scale at which every row with a nonzero entry is certain. */
export const ALL_ROWS = Infinity

/**
 * The c with Σ_j min(1, c t_j) = `rows` (a whole number, at least 1) over all importances t_j; ALL_ROWS where no more
 * rows than that are nonzero. `survey` is of all rows, with the `rows` largest importances. theory.md section 12.
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
