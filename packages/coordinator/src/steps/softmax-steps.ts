import { LevError, type MatrixSource, type RowRange } from '@levattention/core/internal'
import { FolderAnswers } from '../checkpoint/folder-answers.ts'
import { isOfSoftmax } from '../checkpoint/plan-options.ts'
import type { RunPlan } from '../checkpoint/plan-fields.ts'
import type { RunFolder } from '../checkpoint/run-folder.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { openProblem } from '../inputs/open-problem.ts'
import type { Job } from '../job/job.ts'
import type { JobFacts } from '../job/job-summary.ts'
import { planSoftmax } from '../plan/plan.ts'
import { SoftmaxProblem } from '../problem/softmax-problem.ts'
import { mapSoftmax, reachOf, softmaxBatches } from '../queries/softmax-pairs.ts'
import { requirePlanHolds } from './plan-run.ts'
import { optionsOf, recordIn } from './run-inputs.ts'

/** Whether the steps of a plan end in pairs alone, with no universal set between keys and queries. */
export function isSoftmaxRun({ options }: Pick<RunPlan, 'options'>): boolean {
  return isOfSoftmax(options)
}

/** The maps over the keys, as far as the recorded answers let them come. */
export async function softmaxMaps(folder: RunFolder, job: Job): Promise<JobFacts> {
  const options = optionsOf(folder, job)
  return await withInputs(options, job, async (inputs) => {
    const problem = await openSoftmax(folder, inputs, job)
    const plan = planSoftmax(problem.keys, problem.queryCount, options)
    await mapSoftmax({ problem, plan }, await job.context(problem.work()))
    return { inputs: inputs.parts }
  })
}

/** Answers the batches `ranges` from the sums of the maps, all of which must stand. */
export async function softmaxQueries(
  folder: RunFolder,
  ranges: readonly RowRange[],
  job: Job,
): Promise<void> {
  const options = optionsOf(folder, job)
  recordIn(folder, job, new FolderAnswers(folder, { do: 'nothing' }, true))
  await withInputs(options, job, async (inputs) => {
    const problem = await openSoftmax(folder, inputs, job)
    const plan = planSoftmax(problem.keys, problem.queryCount, options)
    const context = await job.context(problem.work())
    const reach = await reachOf({ problem, plan }, context)
    for (const range of ranges) {
      const at = plan.batches.findIndex(({ rowStart }) => rowStart === range.rowStart)
      for await (const answer of softmaxBatches({ problem, plan }, reach, context, at, at + 1)) {
        await job.requireUnchanged(inputs)
        await folder.saveBatch(range, answer)
      }
    }
  })
}

/** The problem of the plan in `folder`. Throws Content where the plan is not its own, InputChanged where a mask is another. */
export async function openSoftmax(
  folder: RunFolder,
  inputs: Inputs,
  job: Job,
): Promise<SoftmaxProblem<MatrixSource, MatrixSource>> {
  const options = optionsOf(folder, job)
  const problem = await openProblem(inputs, options)
  if (!(problem instanceof SoftmaxProblem)) throw new LevError('Internal', 'the plan is not about softmax')
  requirePlanHolds(folder, problem, options)
  return problem
}
