import { LevError } from '../errors/errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import type { Pass, PassTerms, Task } from '../passes/pass.ts'
import { PASSES } from '../passes/table.ts'
import { sharedSums, sumsOf } from './plain-sums.ts'

/** Two sums of one pass, as `sharedSums` has them. */
export interface MergeRequest {
  readonly kind: string
  readonly terms: PassTerms<unknown>
  readonly sums: readonly [unknown, unknown]
}

/** Merges two sums of a pass that has matrices, where the caller's thread would be kept by it. */
export const MERGE_TASK: Task<MergeRequest, unknown> = { kind: 'mergeSums' }

/** A worker's answer: the merged sum, as `sharedSums` has it. Throws what the pass's merge throws. */
export function answerMerge(kernels: Kernels, { kind, terms, sums }: MergeRequest): unknown {
  const pass = PASSES.find((one) => one.kind === kind)
  if (pass === undefined) throw new LevError('Internal', `no pass is called '${kind}'; please report this`)
  const [a, b] = sums.map(sumsOf)
  return sharedSums(pass.merge(a, b, terms, kernels))
}

/** A worker's answer to a request for a sum in shared memory. */
export function sharedSumOf(
  pass: Pass<unknown, unknown, unknown>,
  shard: ShardRows,
  question: unknown,
): unknown {
  return sharedSums(pass.map(shard, question))
}
