import { scratchRows, withScratch } from '../kernels/with-scratch.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { areIndependent, eigenvaluesOfRows } from '../sums/independent-rows.ts'
import { type RowCombinations, rowCombinations } from '../sums/row-combinations.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** What few rows tell of themselves. */
export interface FewRows {
  readonly areIndependent: boolean
  /** Of their Gram [n, n] in columns of length 1, ascending: where they are independent, and these are asked for. */
  readonly eigenvalues?: Float64Array | undefined
  /** Where they are not, or are more than their columns, and this is asked for: of which of them the others are combinations. */
  readonly combinations?: RowCombinations | undefined
}

/** What is asked beside independence. */
export interface FewRowsQuestion {
  readonly wantsEigenvalues?: boolean
  readonly wantsCombinations?: boolean
}

/** Whether rows [range) depend on one another: all of them at once, n² d operations. */
export const fewRowsTask: RowTask<FewRowsQuestion, FewRows> = {
  kind: 'fewRows',
  ...TRANSIENT,
  answer({ source, range, kernels }, { wantsEigenvalues = false, wantsCombinations = false }) {
    const [n, d] = [rowsIn(range), source.cols]
    return withScratch(kernels, () => {
      const rows = scratchRows(kernels, source.element, n * d)
      source.readRows(range.rowStart, range.rowEnd, rows)
      if (n > d || !areIndependent(kernels, rows, n, d)) {
        const combinations = wantsCombinations ? rowCombinations(kernels, rows, n, d) : undefined
        return { areIndependent: false, combinations }
      }
      return {
        areIndependent: true,
        eigenvalues: wantsEigenvalues ? eigenvaluesOfRows(kernels, rows, n, d) : undefined,
      }
    })
  },
}
