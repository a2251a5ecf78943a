import {
  type Heads,
  type HeavyBatch,
  LevError,
  type MatrixSource,
  requireMatrix,
} from '@levattention/core/internal'
import { finitePairs } from '../inputs/finite-pairs.ts'
import { type HeadPair, headPairs } from '../job/head-pairs.ts'
import { requireSameDim } from '../problem/problem-of.ts'
import { softmaxProblem } from '../problem/softmax-problem.ts'
import { softmaxAnswers } from '../solve/softmax-answers.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { requireHeadsFor, tellSkipped, watchOf } from './bad-heads.ts'
import type { SoftmaxPairsOptions } from './library-options.ts'
import { type HeadIndex, isHeads, type Source } from './sources.ts'

/**
 * The exact pairs of consecutive queries of a head, as CSR: those of query queryStart + i are at offsets[i] .. offsets[i+1], keys
 * ascending. The arrays are the caller's.
 */
export interface SoftmaxBatch {
  /** Which query head it is. */
  readonly head: HeadIndex
  /** The first query of the batch. */
  readonly queryStart: number
  /** Queries in the batch. */
  readonly queryCount: number
  /** [queryCount + 1]: where the pairs of each query begin, and where those of the last one end. */
  readonly offsets: Uint32Array
  /** Row id of each pair's key. */
  readonly keyIds: Float64Array
  /** A_ij = exp(scale <q_i, k_j> - lse_i) */
  readonly scores: Float64Array
  /** <q, k>, without the scale. */
  readonly dots: Float64Array
  /** [queryCount]: -Infinity where a query sees nothing, NaN where it was not asked for. */
  readonly lse: Float64Array
  /** Largest relative error of the query's reported scores [queryCount]. */
  readonly slack: Float64Array
}

/** K [n, d] and Q [m, d], or heads of them. */
export interface SoftmaxInputs<S extends Source = Source> {
  /** [m, d], or heads. */
  readonly queries: S
  /** [n, d], or heads. */
  readonly keys: S
}

/** The batches of all heads: head after head, in query order. Throws as `LevAttention.softmaxPairs`. */
export async function* softmaxBatchesOf(
  { queries, keys }: SoftmaxInputs,
  options: SoftmaxPairsOptions,
  contextOf: (work: number) => Promise<RunContext>,
): AsyncGenerator<SoftmaxBatch, void, void> {
  if (isHeads(queries) && isHeads(keys)) {
    for (const { head, keyHead } of await finiteHeadPairs({ queries, keys }, options, contextOf)) {
      const [own, ofKeys] = [queries.open(head), keys.open(keyHead)]
      const index = { index: head, keyHead, leading: queries.leadingIndex(head) }
      try {
        yield* ofHead(own, ofKeys, index, options, contextOf)
      } finally {
        own.close()
        ofKeys.close()
      }
    }
    return
  }
  if (isHeads(queries) || isHeads(keys)) {
    const message = 'softmaxPairs: `queries` and `keys` are both matrices, or both heads of openHeads'
    throw new LevError('Option', message, { option: isHeads(queries) ? 'keys' : 'queries' })
  }
  requireMatrix('keys', keys)
  requireMatrix('queries', queries)
  requireHeadsFor('softmaxPairs', options, queries)
  yield* ofHead(queries, keys, { index: 0, keyHead: 0, leading: [] }, options, contextOf)
}

/** The pairs of heads, of which those that are bad are left out, or refused. */
async function finiteHeadPairs(
  inputs: SoftmaxInputs<Heads>,
  options: SoftmaxPairsOptions,
  contextOf: (work: number) => Promise<RunContext>,
): Promise<readonly HeadPair[]> {
  const { queries, keys } = inputs
  const wanted = headPairs(queries, keys, 'all')
  const problem = softmaxProblem(options, keys, queries)
  const { keyMask, keyRows, queryMask, queryRows } = problem.visibility
  const seen = {
    keys: () => ({ seen: keyMask, within: keyRows }),
    queries: () => ({ seen: queryMask, within: queryRows }),
  }
  const context = await contextOf(wanted.length * problem.work())
  const skip = { skipBadHeads: Boolean(options.skipBadHeads) }
  const { good, skipped } = await finitePairs(inputs, wanted, skip, watchOf(context), seen)
  await tellSkipped(options, skipped, context)
  return good
}

async function* ofHead(
  queries: MatrixSource,
  keys: MatrixSource,
  head: HeadIndex,
  options: SoftmaxPairsOptions,
  contextOf: (work: number) => Promise<RunContext>,
): AsyncGenerator<SoftmaxBatch, void, void> {
  requireSameDim(keys, queries)
  const problem = softmaxProblem(options, keys, queries)
  const context = await contextOf(problem.work())
  for await (const batch of softmaxAnswers(problem, options, context).batches()) yield batchOf(batch, head)
}

function batchOf(batch: HeavyBatch, head: HeadIndex): SoftmaxBatch {
  const { queryStart, queryCount, offsets, keyIds, scores, dots, lse = new Float64Array(0), slack } = batch
  return { head, queryStart, queryCount, offsets, keyIds, scores, dots, lse, slack }
}
