import type { AttendTerms } from '../attend/attend-terms.ts'
import { attendRows } from '../attend/attend-rows.ts'
import { type AttendSum, joinAttention, noAttention } from '../attend/partial-rows.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { plainPassOf, TRANSIENT } from './pass.ts'

/** Attention of a batch of queries over S_i: partial rows (docs/theory.md section 7). */
export const attendPass = plainPassOf<AttendTerms, AttendSum>({
  kind: 'attend',
  ...TRANSIENT,
  map: attendRows,
  zero: ({ question: { batch, values } }) => noAttention(rowsIn(batch), values.cols),
  merge: (a, b) => joinAttention(a, b),
})
