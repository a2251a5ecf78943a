import { coverRows } from '../coverage/cover-rows.ts'
import type { CoveredRows, CoverageTerms } from '../coverage/coverage-terms.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** Queries [range): how much of their attention selections hold (docs/theory.md section 7). */
export const coverageTask: RowTask<CoverageTerms, CoveredRows> = {
  kind: 'coverage',
  ...TRANSIENT,
  answer: coverRows,
}
