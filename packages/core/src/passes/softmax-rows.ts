import type { SoftmaxRows } from '../kernels/softmax-kernels.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import type { SoftmaxTerms } from '../softmax/query-groups.ts'
import { emptyRows, joinRows, sumRows } from '../softmax/sum-rows.ts'
import { plainPassOf, TRANSIENT } from './pass.ts'

export interface SoftmaxRowsQuestion extends SoftmaxTerms {
  /** Rows of which float32 knows logits no better go to float64. */
  readonly mostLogitError: number
}

/** The softmax rows of a batch of queries: their sums alone. */
export const softmaxRowsPass = plainPassOf<SoftmaxRowsQuestion, SoftmaxRows>({
  kind: 'softmax-rows',
  ...TRANSIENT,
  map: (shard, question) => sumRows(shard, question, question.mostLogitError),
  zero: ({ question: { batch } }) => emptyRows(rowsIn(batch)),
  merge: (a, b) => joinRows(a, b),
})
