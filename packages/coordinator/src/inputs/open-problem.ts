import { extname } from 'node:path'
import { type MatrixSource, withLev, type UniversalFile, universalFrom } from '@levattention/core/internal'
import { type SearchedSet, universalFromNpz } from '../outputs/read-universal-npz.ts'
import type { AttentionProblem, ProblemOptions } from '../problem/attention-problem.ts'
import { problemOf, requireSameDim } from '../problem/problem-of.ts'
import { type SoftmaxPairsOptions, type SoftmaxProblem, softmaxProblem } from '../problem/softmax-problem.ts'
import type { VisibilityFiles } from '../problem/visibility-options.ts'
import type { Inputs } from './open-inputs.ts'
import { masksOfRows, openMasks } from './open-masks.ts'

/** The files of a problem. */
interface ProblemFiles {
  readonly keys: readonly string[]
  /** None: the keys are the queries. */
  readonly queries: readonly string[]
}

/** What is asked of softmax, where it is. */
type SoftmaxTerms = VisibilityFiles &
  Pick<SoftmaxPairsOptions, 'scale' | 'top' | 'precision'> & {
    readonly attention?: 'power' | 'softmax' | undefined
  }

/** The matrices of a problem: K [n, d] and Q [m, d]. */
export interface KeysAndQueries {
  readonly keys: MatrixSource
  readonly queries: MatrixSource
}

/** K and Q as they are, from files. Throws as `Inputs.open`. */
export async function openFiles(
  inputs: Inputs,
  { keys: keyNames, queries: queryNames }: ProblemFiles,
): Promise<KeysAndQueries> {
  const keys = await inputs.open(keyNames, 'keys')
  const queries = queryNames.length === 0 ? keys : await inputs.open(queryNames, 'queries')
  return { keys, queries }
}

/** K and Q that go together, all that a job opens. Throws as `openFiles`, Content where d differs, Option as `requireOptionsUsed`. */
export async function openBoth(inputs: Inputs, files: ProblemFiles): Promise<KeysAndQueries> {
  const both = await openFiles(inputs, files)
  requireSameDim(both.keys, both.queries)
  inputs.requireOptionsUsed()
  return both
}

/** The problem of a job whose inputs are files. Throws as `openBoth` and `problemOf`. */
export async function openProblem(
  inputs: Inputs,
  options: ProblemFiles & ProblemOptions & SoftmaxTerms,
): Promise<AttentionProblem<MatrixSource, MatrixSource> | SoftmaxProblem<MatrixSource, MatrixSource>> {
  const { keys, queries } = await openBoth(inputs, options)
  if (options.attention !== 'softmax') return problemOf(options, keys, queries)
  const masks = await openMasks(inputs, options, { keys, queries })
  return softmaxProblem({ ...options, ...masksOfRows(masks, inputs) }, keys, queries)
}

/** The universal set in the .lev at `path`. Throws NotFound, Content (damaged, no universal set). */
export function openUniversal(path: string): UniversalFile {
  return withLev(path, universalFrom)
}

/** The universal set in the .lev or .npz at `path`, for queries. Throws as `openUniversal` and `universalFromNpz`. */
export function openSearchedSet(path: string): SearchedSet {
  return extname(path) === '.npz' ? universalFromNpz(path) : openUniversal(path)
}
