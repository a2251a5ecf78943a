import { KeySummary, LevError } from '@levattention/core/internal'
import { DEFAULT_EPSILON, readsAllKeys } from '../problem/attention-problem.ts'
import { requireNoEstimate, withSeed } from '../problem/estimate-options.ts'
import { problemOfSet, requireQueryDim } from '../problem/problem-of.ts'
import { checkOutputs, type NamedOutput } from '../files/check-outputs.ts'
import type { Job } from '../job/job.ts'
import type { JobFacts, JobSummary } from '../job/job-summary.ts'
import { absorbStream, isStream, requireNoMask, requireOnePass } from '../solve/key-stream.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { openProblem } from '../inputs/open-problem.ts'
import { outputsOf, requireRunOptions, type RunOptions } from '../solve/run-options.ts'
import { setAnswers } from '../solve/answers.ts'
import { answersFor, solveInto } from '../solve/solve.ts'
import { withSeen } from '../problem/seen-rows.ts'

/**
 * The whole pipeline: from K and Q to every heavy pair. Throws LevError of every tag but IncompatibleSummary; then no
 * output is left.
 */
export async function run(given: RunOptions, job: Job): Promise<JobSummary> {
  requireRunOptions(given)
  const options = withSeed(given)
  const outputs = outputsOf(options)
  const facts = await withInputs(withSeen(options), job, async (inputs) =>
    isStream(options.keys)
      ? await runStream(inputs, outputs, options, job)
      : await runFiles(inputs, outputs, options, job),
  )
  return { command: 'run', ...factsOf(facts), outputs: outputs.map(({ path }) => path), ...job.measured() }
}

async function runFiles(
  inputs: Inputs,
  outputs: readonly NamedOutput[],
  options: RunOptions,
  job: Job,
): Promise<JobFacts> {
  const problem = await openProblem(inputs, options)
  checkOutputs(outputs, options.force ?? false, inputs.paths)
  const context = await job.context(problem.outline())
  const mergeable = options.universal !== undefined
  const answers = await answersFor(problem, { ...options, mergeable }, context)
  return await solveInto(answers, inputs, options, job)
}

/** Without what is said of searches in a universal set, where there is none. */
function factsOf(facts: JobFacts): JobFacts {
  if (facts.attention !== 'softmax') return facts
  const {
    queriesSettled: _,
    queriesExactPass: __,
    undefinedRows: ___,
    uncertifiedQueries: ____,
    ...rest
  } = facts
  return rest
}

/** U of the keys on standard input, then its heavy pairs. */
async function runStream(
  inputs: Inputs,
  outputs: readonly NamedOutput[],
  options: RunOptions,
  job: Job,
): Promise<JobFacts> {
  requireOnePass(options)
  requireNoMask(options)
  requireIntervals(options)
  if (options.queries.length === 0 || isStream(options.queries)) {
    const message =
      '--keys - is standard input, which can be read only once: it cannot be the queries as well; name them with --queries'
    throw new LevError('Option', message, { option: 'queries' })
  }
  const queries = await inputs.open(options.queries, 'queries')
  checkOutputs(outputs, options.force ?? false, inputs.paths)
  const stream = await inputs.openStream()
  inputs.requireOptionsUsed()
  requireQueryDim(queries, stream.cols, ` and ${stream.name} (keys) ${stream.cols}`)
  const { epsilon = DEFAULT_EPSILON, p = 2 } = options
  const terms = { dim: stream.cols, epsilon, p, form: 'triangular' as const }
  const found = await absorbStream(stream, new KeySummary(terms, job.runtime.kernels), inputs, job)
  const problem = problemOfSet(found.universal, options, undefined, queries)
  const context = await job.context(problem.outline())
  return await solveInto(setAnswers(problem, found, options, context, true), inputs, options, job)
}

/** Throws Option where scores over all keys are asked for, which are gone when the queries come. */
function requireIntervals(options: RunOptions): void {
  requireNoEstimate(options.scores, 'keys from - come only once')
  if (!readsAllKeys(options)) return
  const message = `--scores exact takes sums over all keys where p = ${options.p}, and keys from - come only once; leave it out, or name files`
  throw new LevError('Option', message, { option: 'scores' })
}
