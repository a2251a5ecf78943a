import { recordResults } from '../checkpoint/result-record.ts'
import { FolderAnswers } from '../checkpoint/folder-answers.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import { outputsOf, requireRunOptions, type RunOptions } from '../solve/run-options.ts'
import { answersFor, solveInto } from '../solve/solve.ts'
import { RESULTS } from './key-steps.ts'
import { cutRun, openFolder } from './plan-run.ts'
import { HEAVY_NAME, writeSummary } from './query-steps.ts'
import { recordIn } from './run-inputs.ts'
import { withRunSeed } from './run-seed.ts'
import { isSoftmaxRun } from './softmax-steps.ts'
import { withSeen } from '../problem/seen-rows.ts'

/**
 * As `run`, with every finished part kept in the run folder `checkpoint`: the same command goes on where an earlier one
 * ended, and so do its steps. Leaves result/ there, beside the outputs that were asked for. Throws as `run`, and Option
 * where the folder holds another run.
 */
export async function runCheckpointed(given: RunOptions, checkpoint: string, job: Job): Promise<JobSummary> {
  requireRunOptions(given)
  const options = withRunSeed(given, checkpoint)
  const outputs = outputsOf(options)
  const { force = false } = options
  const summary = await withInputs(withSeen(options), job, async (inputs) => {
    const cut = await cutRun('run', options, inputs)
    checkOutputs(outputs, force, inputs.paths)
    const folder = await openFolder(checkpoint, cut, job)
    folder.tidy()
    recordIn(folder, job, new FolderAnswers(folder, { do: 'everything' }, true))
    const context = await job.context(cut.problem.outline())
    const answers = await answersFor(cut.problem, { ...options, mergeable: true }, context)
    const out = folder.result(HEAVY_NAME)
    const universal = isSoftmaxRun(folder.plan) ? undefined : folder.result(RESULTS.run)
    const made = universal === undefined ? [out] : [universal, out]
    const facts = await solveInto(answers, inputs, { ...options, out, universal, force: true }, job)
    await writeSummary(folder, { command: 'run', ...facts, outputs: made, ...job.measured() })
    await recordResults(folder, universal === undefined ? [HEAVY_NAME] : [RESULTS.run, HEAVY_NAME])
    if (options.out === undefined && options.universal === undefined) return facts
    // Once more, from the parts, for where the user wants them.
    Object.assign(job.stats, { queriesSettled: 0, queriesExactPass: 0 })
    return await solveInto(answers, inputs, options, job)
  })
  const written = [...outputs.map(({ path }) => path), checkpoint]
  return { command: 'run', ...summary, outputs: written, ...job.measured() }
}
