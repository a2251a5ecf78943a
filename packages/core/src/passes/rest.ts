import type { PartialRows } from '../attend/partial-rows.ts'
import { restRows, type RestTerms } from '../attend/rest-rows.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** Queries [range): partial rows of the clusters that stand for keys that are in no S_i (docs/theory.md section 7). */
export const restTask: RowTask<RestTerms, PartialRows> = {
  kind: 'rest',
  ...TRANSIENT,
  answer: restRows,
}
