import type { AttentionTerms } from '../selection/attention-sums.ts'
import { type LogSums, logSumsOf } from '../selection/log-sums.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** The softmax normalisers of queries over keys [range), in float64 (NOTES.md "Attention sums"). */
export const logSumsTask: RowTask<AttentionTerms, LogSums> = {
  kind: 'logSums',
  ...TRANSIENT,
  answer: (shard, terms) => logSumsOf(shard, terms),
}
