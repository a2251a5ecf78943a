import { findUniversalSet } from '../../pipeline/universal.ts'
import { causalSeconds, estimateSeconds } from '../../runtime.ts'
import { recordResults } from '../../run-folder/result-record.ts'
import { FolderAnswers } from '../../run-folder/folder-answers.ts'
import type { Job } from '../job.ts'
import type { JobSummary } from '../job-summary.ts'
import { maskOf } from '../mask.ts'
import { withInputs } from '../open-inputs.ts'
import { checkOutputs } from '../check-outputs.ts'
import { DEFAULT_EPSILON, outputsOf, type RunOptions, searchFound } from '../run.ts'
import { RESULTS } from './key-steps.ts'
import { cutRun, openFolder } from './plan-run.ts'
import { HEAVY_NAME, writeSummary } from './query-steps.ts'
import { requireInputs } from './run-inputs.ts'

/**
 * As `run`, with every finished part kept in the run folder `checkpoint`: the same command goes on where an earlier one
 * ended, and so do its steps. Leaves result/ there, beside the outputs that were asked for. Throws as `run`, and Option
 * where the folder holds another run.
 */
export async function runCheckpointed(
  options: RunOptions,
  checkpoint: string,
  job: Job,
): Promise<JobSummary> {
  const outputs = outputsOf(options)
  const { epsilon = DEFAULT_EPSILON, p = 2, force = false } = options
  const summary = await withInputs(options, job, async (inputs) => {
    const cut = await cutRun('run', options, inputs)
    checkOutputs(outputs, force, inputs.paths)
    const folder = await openFolder(checkpoint, cut, job)
    const { keys, queries } = cut
    folder.tidy()
    job.record({
      answers: new FolderAnswers(folder, { do: 'everything' }, true),
      requireInputs: () => requireInputs(folder, job, { sure: true }),
    })
    const mask = maskOf(options, keys.rows, queries.rows)
    const { rows, cols } = keys
    const maskSeconds = mask.causal ? causalSeconds(rows, cols, queries.rows, p) : 0
    const context = await job.context(estimateSeconds(rows, cols, queries.rows, epsilon) + maskSeconds)
    const terms = { ...options, epsilon, queryCount: queries.rows, mergeable: true }
    const found = await findUniversalSet(keys, terms, context)
    const opened = { keys, queries, mask }
    const [out, universal] = [folder.result(HEAVY_NAME), folder.result(RESULTS.run)]
    const facts = await searchFound(found, opened, inputs, { ...options, out, universal, force: true }, job)
    await writeSummary(folder, { command: 'run', ...facts, outputs: [universal, out], ...job.measured() })
    await recordResults(folder, [RESULTS.run, HEAVY_NAME])
    if (options.out === undefined && options.universal === undefined) return facts
    // Once more, from the parts, for where the user wants them.
    Object.assign(job.stats, { queriesSettled: 0, queriesExactPass: 0 })
    return await searchFound(found, opened, inputs, options, job)
  })
  const written = [...outputs.map(({ path }) => path), checkpoint]
  return { command: 'run', ...summary, outputs: written, ...job.measured() }
}
