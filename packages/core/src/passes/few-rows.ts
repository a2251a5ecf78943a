import { scratchRows, withScratch } from '../kernels/with-scratch.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { areIndependent, eigenvaluesOfRows } from '../sums/independent-rows.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** What rows that are no more than their columns tell of themselves. */
export interface FewRows {
  readonly areIndependent: boolean
  /** Of their Gram [n, n] in columns of length 1, ascending: where they are independent, and these are asked for. */
  readonly eigenvalues?: Float64Array | undefined
}

/** Whether rows [range), n <= d, depend on one another: all of them at once, n² d operations. */
export const fewRowsTask: RowTask<{ readonly wantsEigenvalues: boolean }, FewRows> = {
  kind: 'fewRows',
  ...TRANSIENT,
  answer({ source, range, kernels }, { wantsEigenvalues }) {
    const [n, d] = [rowsIn(range), source.cols]
    return withScratch(kernels, () => {
      const rows = scratchRows(kernels, source.element, n * d)
      source.readRows(range.rowStart, range.rowEnd, rows)
      if (!areIndependent(kernels, rows, n, d)) return { areIndependent: false }
      return {
        areIndependent: true,
        eigenvalues: wantsEigenvalues ? eigenvaluesOfRows(kernels, rows, n, d) : undefined,
      }
    })
  },
}
