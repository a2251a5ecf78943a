import { existsSync } from 'node:fs'
import { createOutput, LevError, type UniversalFile } from '@levattention/core/internal'
import { batchSearch } from '../../pipeline/batch-search.ts'
import { searchBatches } from '../../pipeline/heavy.ts'
import { estimateSeconds } from '../../runtime.ts'
import { recordResults, requireResult, resultState } from '../../run-folder/result-record.ts'
import { FolderAnswers } from '../../run-folder/folder-answers.ts'
import type { RunFolder } from '../../run-folder/run-folder.ts'
import type { Job } from '../job.ts'
import type { JobSummary } from '../job-summary.ts'
import { maskOf } from '../mask.ts'
import { type Inputs, withInputs } from '../open-inputs.ts'
import { openUniversal } from '../open-universal.ts'
import { searchFound } from '../run.ts'
import { requireIndex, RESULTS } from './key-steps.ts'
import { requirePlanHolds } from './plan-run.ts'
import { optionsOf, requireInputs } from './run-inputs.ts'

export const HEAVY_NAME = 'heavy.npz'
const SUMMARY_NAME = 'summary.json'

/** Answers the query batches of `index`, `batchesPerTask` of them, where they do not stand yet. */
export async function queryStep(
  folder: RunFolder,
  { index, batchesPerTask }: { readonly index: number; readonly batchesPerTask: number },
  job: Job,
): Promise<void> {
  const batches = batchesOfRun(folder)
  requireIndex('index', index, Math.max(1, Math.ceil(batches.length / batchesPerTask)), 'query tasks')
  await requireInputs(folder, job)
  const answers = new FolderAnswers(folder, { do: 'everything' }, true)
  const mine = batches.slice(index * batchesPerTask, (index + 1) * batchesPerTask)
  if (mine.every((range) => answers.batch(range) !== undefined)) return
  const { universal } = openFinished(folder)
  const planned = optionsOf(folder, job)
  job.record({
    answers,
    requireInputs: () => requireInputs(folder, job),
  })
  await withInputs(planned, job, async (inputs) => {
    const { keys, queries, mask } = await openPlanned(folder, inputs, job)
    const { epsilon } = universal
    const context = await job.context(estimateSeconds(keys.rows, keys.cols, queries.rows, epsilon))
    const options = { ...planned, epsilon, keys, queryStart: mask.queryStart }
    const search = batchSearch(universal, queries, options, context)
    for (const range of mine) {
      if (answers.batch(range) !== undefined) continue
      const at = search.batches.findIndex(({ rowStart }) => rowStart === range.rowStart)
      for await (const answer of searchBatches(search, at, at + 1)) {
        await job.requireUnchanged(inputs)
        await folder.saveBatch(range, answer)
      }
    }
  })
}

/** Puts the answers to all batches into result/heavy.npz, and says what was found in result/summary.json; nothing where both stand. */
export async function collectStep(folder: RunFolder, job: Job): Promise<Partial<JobSummary>> {
  batchesOfRun(folder)
  await requireInputs(folder, job)
  folder.tidy()
  if (resultState(folder, HEAVY_NAME) === 'done' && hasSummary(folder)) return { inputs: [] }
  job.record({
    answers: new FolderAnswers(folder, { do: 'nothing' }, false),
    requireInputs: () => requireInputs(folder, job, { sure: true }),
  })
  const found = openFinished(folder)
  const planned = optionsOf(folder, job)
  const out = folder.result(HEAVY_NAME)
  const facts = await withInputs(planned, job, async (inputs) => {
    const opened = await openPlanned(folder, inputs, job)
    return await searchFound(found, opened, inputs, { ...planned, out, force: true }, job)
  })
  const outputs = [folder.result(RESULTS.run), out]
  await writeSummary(folder, { command: 'run', ...facts, outputs, ...job.measured() })
  await recordResults(folder, [HEAVY_NAME])
  return facts
}

export function hasSummary(folder: RunFolder): boolean {
  return existsSync(folder.result(SUMMARY_NAME))
}

/** Writes result/summary.json. */
export async function writeSummary(folder: RunFolder, summary: object): Promise<void> {
  const output = createOutput(folder.result(SUMMARY_NAME), { force: true })
  output.write(
    Buffer.from(`${JSON.stringify({ schemaVersion: undefined, command: undefined, ...summary })}\n`),
  )
  await output.commit()
}

async function openPlanned(folder: RunFolder, inputs: Inputs, job: Job) {
  const options = optionsOf(folder, job)
  const keys = await inputs.open(options.keys, 'keys')
  const queries = options.queries.length > 0 ? await inputs.open(options.queries, 'queries') : keys
  requirePlanHolds(folder, keys, queries, options)
  return { keys, queries, mask: maskOf(options, keys.rows, queries.rows) }
}

/** U as this run's `finish` wrote it. Throws NotReady where it did not yet, Content where it is damaged or another run's. */
function openFinished(folder: RunFolder): UniversalFile {
  requireResult(folder, RESULTS.run, 'finish')
  return openUniversal(folder.result(RESULTS.run))
}

function batchesOfRun({ plan, path }: RunFolder) {
  if (plan.job === 'run') return plan.queryBatches
  const message = `the run in ${path} is a ${plan.job}: it has no queries, and step finish is its last step`
  throw new LevError('Option', message, { option: 'run' })
}
