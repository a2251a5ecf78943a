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
    return {
      nonzeroRows: this.#nonzeroRows,
      sumParts: this.#sum.parts,
      largest: this.#largest.sorted(),
    }
  }
}
