import { heavyFormat, LevError } from '@levattention/core/internal'
import type { PlanOptions } from '../plan/plan.ts'
import { type ProblemOptions, readsAllKeys } from '../problem/attention-problem.ts'
import {
  problemOfSet,
  requireBuiltFor,
  requireCovers,
  requireExactScores,
  requireQueryDim,
  requireScores,
} from '../problem/problem-of.ts'
import { requireEstimable, requireEstimateAsked, withSeed } from '../problem/estimate-options.ts'
import { requireSameMask, seenAgreed, type SeenFiles } from '../problem/seen-rows.ts'
import { setAnswers } from '../solve/answers.ts'
import { checkKeys } from './check-keys.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { InputOptions } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { openSearchedSet } from '../inputs/open-problem.ts'
import type { SearchedSet } from '../outputs/read-universal-npz.ts'
import { solveInto } from '../solve/solve.ts'
import type { PairsOptions } from '../outputs/pairs-output.ts'

interface QueryOptions
  extends
    Omit<PlanOptions, 'shards' | 'shardRows' | 'passes' | 'method'>,
    Omit<ProblemOptions, 'keep' | 'causal' | 'segment'>,
    InputOptions,
    SeenFiles,
    PairsOptions {
  /** A .lev of `run`, `build` or `merge`, or the .npz of `build` or `merge`. */
  readonly universal: string
  readonly queries: readonly string[]
  /** The keys it was built from: then queries outside its certificate are decided, not listed. */
  readonly keys: readonly string[]
  /** At least the file's, which is the default. */
  readonly epsilon?: number | undefined
}

/** A set of keys without those with a missing value has their mask, too. */
const DROPPED = '; or where rows with a missing value were left out, `--drop-missing`'

/** Heavy pairs of new queries, from a universal set. Throws as `run`. */
export async function query(given: QueryOptions, job: Job): Promise<JobSummary> {
  requireEstimateAsked(given)
  const options = withSeed(given)
  const { out, universal: path, force = false } = options
  const files = out === undefined || out === '-' ? [] : [{ path: out, option: 'out' }]
  if (files.length > 0) heavyFormat(files[0].path)
  const file = openSearchedSet(path)
  requireCovers(file.universal, options.epsilon ?? file.universal.epsilon)
  requirePowerOf(file, path, options)
  requireKeysOf(file, path, options)
  const seen = seenOf(file, path, options)
  const facts = await withInputs({ ...options, seen }, job, async (inputs) => {
    const queries = await inputs.open(options.queries, 'queries')
    const keys = options.keys.length > 0 ? await inputs.open(options.keys, 'keys') : undefined
    inputs.requireOptionsUsed()
    if (keys && file.origin.seen)
      requireSameMask('key', keys.spec.seen, file.origin.seen.keyMaskDigest, path, DROPPED)
    requireQueryDim(queries, file.universal.dim, ` and the keys of ${path} have ${file.universal.dim}`)
    const problem = problemOfSet(file.universal, options, keys, queries)
    checkOutputs(files, force, [path, ...inputs.paths])
    const context = await job.context(problem.outline())
    if (keys) await checkKeys(keys, file, context)
    const answers = setAnswers(problem, file, options, context)
    return await solveInto(answers, inputs, { ...options, universal: undefined }, job)
  })
  return { command: 'query', ...facts, outputs: files.map((one) => one.path), ...job.measured() }
}

/** Which rows are read: of the keys those that the set was built of. Throws Option where other ones are asked for. */
function seenOf({ origin: { seen } }: SearchedSet, path: string, options: QueryOptions): SeenFiles {
  const { keys, keyRows, keyMaskFile, queryRows, queryMaskFile } = options
  if (keys.length > 0)
    return {
      ...seenAgreed(seen && { keyRows: seen.keyRows }, { keyRows, keyMaskFile }, path),
      queryRows,
      queryMaskFile,
    }
  if ((keyRows ?? keyMaskFile) === undefined) return { queryRows, queryMaskFile }
  const option = keyRows ? 'key-rows' : 'key-mask'
  const message = `--${option} is about keys that are read, and ${path} alone is: name them with --keys, or leave it out`
  throw new LevError('Option', message, { option })
}

/** Throws Option where the options ask for another attention than the file's, or exact scores without keys. */
function requirePowerOf({ universal: { p } }: SearchedSet, path: string, options: QueryOptions): void {
  requireBuiltFor({ p }, options.p, `but ${path}`, 'build it again')
  requireScores(options.scores, p)
  requireEstimable({ scores: options.scores, p })
  if (options.keys.length === 0 && options.scores === 'estimate') {
    const message = '--scores estimate draws from the keys: name them with --keys, or leave --scores out'
    throw new LevError('Option', message, { option: 'keys' })
  }
  if (options.keys.length > 0 || !readsAllKeys({ ...options, p })) return
  const message = `--scores exact takes sums over all keys where p = ${p}: name them with --keys, or leave --scores out`
  throw new LevError('Option', message, { option: 'scores' })
}

/** Throws Option where a causal set is asked without the keys around its queries. */
function requireKeysOf(
  { universal: { prefixes, p } }: SearchedSet,
  path: string,
  options: QueryOptions,
): void {
  if (prefixes === undefined) return
  requireExactScores(true, options.scores)
  requireEstimable({ scores: options.scores, p, causal: true })
  if (options.keys.length > 0) return
  const message = `${path} is causal: a query sees the keys up to its own position, which are read again; name them with --keys`
  throw new LevError('Option', message, { option: 'keys' })
}
