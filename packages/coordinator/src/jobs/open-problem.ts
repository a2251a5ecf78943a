import type { MatrixSource } from '@levattention/core/internal'
import type { AttentionProblem, ProblemOptions } from '../problem/attention-problem.ts'
import { problemOf } from '../problem/problem-of.ts'
import { requireSameDim } from '../problem/require-dim.ts'
import type { Inputs } from './open-inputs.ts'

/** The files of a problem. */
export interface ProblemFiles {
  readonly keys: readonly string[]
  /** None: the keys are the queries. */
  readonly queries: readonly string[]
}

/** The matrices of a problem: K [n, d] and Q [m, d]. */
export interface KeysAndQueries {
  readonly keys: MatrixSource
  readonly queries: MatrixSource
}

/** K and Q, from files. Throws as `Inputs.open`. */
export async function openBoth(
  inputs: Inputs,
  { keys: keyNames, queries: queryNames }: ProblemFiles,
): Promise<KeysAndQueries> {
  const keys = await inputs.open(keyNames, 'keys')
  const queries = queryNames.length === 0 ? keys : await inputs.open(queryNames, 'queries')
  return { keys, queries }
}

/** The problem of a job whose inputs are files. Throws as `openBoth`, Content where d differs, and as `problemOf`. */
export async function openProblem(
  inputs: Inputs,
  options: ProblemFiles & ProblemOptions,
): Promise<AttentionProblem<MatrixSource, MatrixSource>> {
  const { keys, queries } = await openBoth(inputs, options)
  requireSameDim(keys, queries)
  inputs.requireOptionsUsed()
  return problemOf(options, keys, queries)
}
