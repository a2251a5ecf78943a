import { type HeavyPairReader, LevError, type MatrixSource } from '@levattention/core/internal'
import { masksOfRows, openMasks } from '../inputs/open-masks.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import type { KeysAndQueries } from '../inputs/open-problem.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { VisibilityFiles } from '../problem/visibility-options.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { type GivenMasks, type SoftmaxTermOptions, softmaxTerms } from './softmax-terms.ts'
import { type SoftmaxTrial, trySoftmax } from './softmax-trial.ts'
import { requireJudged } from './verify-judged.ts'
import { requireShapeOf } from './verify-terms.ts'

/** `verifySoftmax` with the masks that the options name. */
export async function verifyMasked(
  reader: HeavyPairReader,
  both: KeysAndQueries,
  queryIds: ArrayLike<number>,
  options: SoftmaxTermOptions & VisibilityFiles,
  inputs: Inputs,
  context: RunContext,
): Promise<Partial<JobSummary> & SoftmaxTrial> {
  const masks = await openMasks(inputs, options, both, false)
  const { keys, queries } = both
  const given = { ...options, ...masksOfRows(masks, inputs) }
  return await verifySoftmax(reader, keys, queries, queryIds, given, context)
}

/** What brute force says of the softmax pairs behind `reader`, for `queryIds` (ascending) of `queries` [m, d]. */
export async function verifySoftmax(
  reader: HeavyPairReader,
  keys: MatrixSource,
  queries: MatrixSource,
  queryIds: ArrayLike<number>,
  options: SoftmaxTermOptions & GivenMasks,
  context: RunContext,
): Promise<Partial<JobSummary> & SoftmaxTrial> {
  requireShapeOf(reader, keys.rows, queries.rows, keys.cols)
  const { keyMask, queryMask } = options
  const problem = softmaxTerms(reader, options, { keyMask, queryMask }, keys, queries)
  const trial = await trySoftmax({ reader, problem }, queryIds, context)
  requireJudged(trial, queries.rows, reader.path)
  const { attention, n, d, ...terms } = problem.facts()
  return { attention, n, d, m: queries.rows, ...terms, ...trial }
}

/** Throws Option where a file of softmax comes without queries. */
export function requireQueries({
  queries,
  heavy,
}: {
  readonly queries: readonly string[]
  readonly heavy: string
}): void {
  if (queries.length > 0) return
  const message = `no queries: ${heavy} is about softmax, whose queries are named; for a matrix with itself the same file twice`
  throw new LevError('Option', message, { option: 'queries' })
}
