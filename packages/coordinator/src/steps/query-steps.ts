import {
  createOutput,
  isThere,
  LevError,
  readWholeFile,
  type UniversalFile,
} from '@levattention/core/internal'
import { batchSearch } from '../queries/batch-search.ts'
import { searchBatches } from '../queries/heavy.ts'
import { recordResults, requireResult, resultState } from '../checkpoint/result-record.ts'
import { FolderAnswers } from '../checkpoint/folder-answers.ts'
import type { RunFolder } from '../checkpoint/run-folder.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { openProblem, openUniversal } from '../inputs/open-problem.ts'
import { SoftmaxProblem } from '../problem/softmax-problem.ts'
import { type Answers, type KeyedProblem, searchOptions, setAnswers } from '../solve/answers.ts'
import { softmaxAnswers } from '../solve/softmax-answers.ts'
import { solveInto } from '../solve/solve.ts'
import { requireIndex, RESULTS } from './key-steps.ts'
import { requirePlanHolds } from './plan-run.ts'
import { optionsOf, recordIn, requireInputs } from './run-inputs.ts'
import { isSoftmaxRun, openSoftmax, softmaxQueries } from './softmax-steps.ts'

export const HEAVY_NAME = 'heavy.npz'
const SUMMARY_NAME = 'summary.json'
const MOST_SUMMARY_BYTES = 2 ** 26

/** How much a run found. */
export interface RunFound {
  readonly pairs?: number
  readonly universalSize?: number
  /** Where scores are estimates: by the draws of which seed, and the chance of a missed pair; no delta where nothing was drawn. */
  readonly scores?: 'estimate'
  readonly seed?: number
  readonly delta?: number
}

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
  if (isSoftmaxRun(folder.plan)) {
    await softmaxQueries(
      folder,
      mine.filter((range) => answers.batch(range) === undefined),
      job,
    )
    return
  }
  const { universal } = openFinished(folder)
  const planned = optionsOf(folder, job)
  job.record({ answers, requireInputs: () => requireInputs(folder, job) })
  await withInputs(planned, job, async (inputs) => {
    const problem = (await openPlanned(folder, inputs, job)).at(universal.epsilon)
    const { queries } = problem
    const context = await job.context(problem.work())
    const options = searchOptions(problem, planned)
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
  recordIn(folder, job, new FolderAnswers(folder, { do: 'nothing' }, false))
  const planned = optionsOf(folder, job)
  const out = folder.result(HEAVY_NAME)
  const found = isSoftmaxRun(folder.plan) ? undefined : openFinished(folder)
  const facts = await withInputs(planned, job, async (inputs) => {
    const answers = await answersOf(folder, found, inputs, job)
    return await solveInto(answers, inputs, { ...planned, out, force: true }, job)
  })
  const outputs = found ? [folder.result(RESULTS.run), out] : [out]
  await writeSummary(folder, { command: 'run', ...facts, outputs, ...job.measured() })
  await recordResults(folder, [HEAVY_NAME])
  return facts
}

/** The answers to the planned queries, which stand in the folder: from U as `finish` left it, or from all keys. */
async function answersOf(
  folder: RunFolder,
  found: UniversalFile | undefined,
  inputs: Inputs,
  job: Job,
): Promise<Answers> {
  const planned = optionsOf(folder, job)
  if (found === undefined) {
    const problem = await openSoftmax(folder, inputs, job)
    return softmaxAnswers(problem, planned, await job.context(problem.work()))
  }
  const problem = (await openPlanned(folder, inputs, job)).at(found.universal.epsilon)
  return setAnswers(problem, found, planned, await job.context(problem.work()), true)
}

export function hasSummary(folder: RunFolder): boolean {
  return isThere(folder.result(SUMMARY_NAME))
}

/** How much was found, as result/summary.json says; nothing where another program has written to it. */
export function foundIn(folder: RunFolder): RunFound {
  let value: unknown
  try {
    value = JSON.parse(
      new TextDecoder().decode(readWholeFile(folder.result(SUMMARY_NAME), MOST_SUMMARY_BYTES)),
    )
  } catch {
    return {}
  }
  if (typeof value !== 'object' || value === null) return {}
  const { pairs, universalSize, scores, seed, guarantee } = value as Readonly<Record<string, unknown>>
  return {
    ...(typeof pairs === 'number' && { pairs }),
    ...(typeof universalSize === 'number' && { universalSize }),
    ...(scores === 'estimate' && {
      scores,
      ...(typeof seed === 'number' && { seed }),
      ...deltaOf(guarantee),
    }),
  }
}

function deltaOf(guarantee: unknown): Pick<RunFound, 'delta'> {
  if (typeof guarantee !== 'object' || guarantee === null) return {}
  const { delta } = guarantee as Readonly<Record<string, unknown>>
  return typeof delta === 'number' ? { delta } : {}
}

/** Writes result/summary.json. */
export async function writeSummary(folder: RunFolder, summary: object): Promise<void> {
  const output = createOutput(folder.result(SUMMARY_NAME), { force: true })
  output.write(
    Buffer.from(`${JSON.stringify({ schemaVersion: undefined, command: undefined, ...summary })}\n`),
  )
  await output.commit()
}

async function openPlanned(folder: RunFolder, inputs: Inputs, job: Job): Promise<KeyedProblem> {
  const options = optionsOf(folder, job)
  const problem = await openProblem(inputs, options)
  if (problem instanceof SoftmaxProblem) throw new LevError('Internal', 'softmax has no universal set')
  requirePlanHolds(folder, problem, options)
  return problem
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
