import { checkOutputs } from '../files/check-outputs.ts'
import { type InputOptions, withInputs } from '../inputs/open-inputs.ts'
import { openBoth } from '../inputs/open-problem.ts'
import { hiddenFacts, masksOfBatch, openMasks } from '../inputs/open-masks.ts'
import type { Job } from '../job/job.ts'
import type { JobFacts, JobSummary } from '../job/job-summary.ts'
import type { PairsOptions } from '../outputs/pairs-output.ts'
import type { PlanOptions } from '../plan/plan.ts'
import { type SoftmaxPairsOptions, softmaxProblem } from '../problem/softmax-problem.ts'
import type { VisibilityFiles } from '../problem/visibility-files.ts'
import { requireSoftmaxOptions, softmaxOutputs } from '../solve/softmax-options.ts'
import { softmaxAnswers } from '../solve/softmax-answers.ts'
import { solveInto } from '../solve/solve.ts'

export interface RunSoftmaxOptions
  extends
    PlanOptions,
    InputOptions,
    PairsOptions,
    VisibilityFiles,
    Pick<SoftmaxPairsOptions, 'scale' | 'epsilon' | 'top' | 'precision'> {
  /** Files, globs or lists of K [n, d] and Q [m, d]. */
  readonly keys: readonly string[]
  readonly queries: readonly string[]
}

/** Every exact heavy pair of softmax attention, of all keys (docs/theory.md section 7). Throws as `run`. */
export async function runSoftmax(options: RunSoftmaxOptions, job: Job): Promise<JobSummary> {
  requireSoftmaxOptions(options)
  const outputs = softmaxOutputs(options)
  const facts = await withInputs(options, job, async (inputs) => {
    const both = await openBoth(inputs, options)
    const masks = await openMasks(inputs, options, both, job.stats)
    const problem = softmaxProblem({ ...options, ...masksOfBatch(masks) }, both.keys, both.queries)
    checkOutputs(outputs, options.force ?? false, inputs.paths)
    const context = await job.context(problem.work())
    const answers = softmaxAnswers(problem, options, context)
    return { ...(await solveInto(answers, inputs, options, job)), ...hiddenFacts(masks) }
  })
  return {
    command: 'run',
    ...softmaxFacts(facts),
    outputs: outputs.map(({ path }) => path),
    ...job.measured(),
  }
}

/** Without what is said of searches in a universal set. */
export function softmaxFacts(facts: JobFacts): JobFacts {
  const {
    queriesSettled: _settled,
    queriesExactPass: _exact,
    undefinedRows: _undefined,
    uncertifiedQueries: _open,
    ...rest
  } = facts
  return rest
}
