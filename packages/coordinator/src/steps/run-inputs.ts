import {
  isLevError,
  LevError,
  type MatrixSource,
  otherContent,
  rowBytes,
  rowCountOf,
} from '@levattention/core/internal'
import { areMarksSure, fileMarks } from '../files/file-marks.ts'
import { keyGrains, queryGrains, readContent } from '../checkpoint/known-content.ts'
import type { RunFolder } from '../checkpoint/run-folder.ts'
import type { RunPlan } from '../checkpoint/plan-fields.ts'
import type { AnswerStore } from '../tasks/answer-store.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { Job } from '../job/job.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { type KeysAndQueries, openFiles } from '../inputs/open-problem.ts'
import { withSeen } from '../problem/seen-rows.ts'
import type { RunOptions } from '../solve/run-options.ts'

/** Rows that one core reads and digests, for the choice of an engine. */
const BYTES_A_SECOND = 2e9

/** Options of `run`, and those of the other jobs that can be done in steps. */
export interface PlannedRunOptions extends RunOptions {
  /** Of `sample`: rows in expectation. */
  readonly rows?: number | undefined
  readonly seed?: number | undefined
  /** Of a plan: what its masks say. */
  readonly keyMaskDigest?: string | undefined
  readonly queryMaskDigest?: string | undefined
}

/** The options that were planned, for the job's own functions. */
export function optionsOf({ plan }: RunFolder, job: Job): PlannedRunOptions {
  const { keys, queries, ...rest } = plan.options as unknown as PlannedRunOptions
  return withSeen({ ...rest, keys, queries, signal: job.signal, isStep: true })
}

/** What the inputs hold, all of their rows read once. */
export async function contentOf(
  { keys, queries }: KeysAndQueries,
  cut: Pick<RunPlan, 'inputs' | 'rowCount' | 'queryBatches'>,
  job: Job,
): Promise<RunPlan['content']> {
  const bytes = rowBytes(keys) * keys.rows + rowBytes(queries) * rowCountOf(cut.queryBatches)
  const context: RunContext = await job.aside(bytes / BYTES_A_SECOND)
  return await job.time('plan', async () => ({
    keys: await readContent(keys, keyGrains(cut), context),
    queries: await readContent(queries, queryGrains(cut), context),
  }))
}

/**
 * Throws InputChanged, by the file's name, where an input is not the one that the run was planned for. Files that bear the marks
 * of a time when they were compared are not read again; others are read and compared whole, and with `keep` that is noted
 * for the steps that come. `sure`: marks are believed only where the file system cannot be told them.
 */
export async function requireInputs(
  folder: RunFolder,
  job: Job,
  { keep = true, sure = false } = {},
): Promise<void> {
  const marks = fileMarks(folder.plan.inputs, folder.path)
  if (folder.areKnown(marks) && (!sure || areMarksSure(folder.plan.inputs))) return
  try {
    const options = optionsOf(folder, job)
    await withInputs(options, job, async (inputs) => {
      await compare(folder, await openFiles(inputs, options), job)
    })
  } catch (error) {
    throw isLevError(error, 'Content') ? otherFile(folder, error) : error
  }
  if (keep) await folder.setKnown(marks)
}

/** From now on the job's answers are those of `folder`, whose inputs are compared again before a result appears. */
export function recordIn(folder: RunFolder, job: Job, answers: AnswerStore): void {
  job.record({ answers, requireInputs: () => requireInputs(folder, job, { sure: true }) })
}

async function compare(folder: RunFolder, inputs: KeysAndQueries, job: Job): Promise<void> {
  const { plan, keyContent, queryContent } = folder
  const { keys, queries } = inputs
  requireShape(folder, keys, 'keys', plan.rowCount)
  if (queries !== keys) requireShape(folder, queries, 'queries', plan.queryBatches.at(-1)?.rowEnd ?? 0)
  const found = await contentOf(inputs, plan, job)
  const otherKeys = keyContent.firstOther(found.keys)
  if (otherKeys) throw otherContent(keys, otherKeys)
  const otherQueries = queryContent.firstOther(found.queries)
  if (otherQueries) throw otherContent(queries, otherQueries)
}

/** Throws InputChanged by the first file that has more or fewer rows than it had, or other columns. */
function requireShape(
  { plan, path: run }: RunFolder,
  source: MatrixSource,
  of: 'keys' | 'queries',
  n: number,
) {
  const { rows, cols, spec } = source
  if (spec.kind === 'memory' || (rows === n && cols === plan.dim)) return
  const starts = plan.inputs.filter((input) => input.of === of).map(({ firstRow }) => firstRow)
  const other = spec.parts.find((part, i) => part.firstRow + part.rows !== (starts[i + 1] ?? n))
  const { path } = other ?? spec.parts[0]
  const message =
    `${path}: the ${of} are [${rows}, ${cols}] with it, and were [${n}, ${plan.dim}] when the run in ${run} was planned; ` +
    'begin anew, in another run folder'
  throw new LevError('InputChanged', message, { file: path })
}

/** A file that could be planned with, and now cannot even be opened. */
function otherFile({ path }: RunFolder, cause: LevError): LevError {
  const message = `${cause.message}. It was another file when the run in ${path} was planned; put that back, or begin anew in another run folder`
  return new LevError('InputChanged', message, cause.place, { cause })
}
