import { join, resolve } from 'node:path'
import {
  type HeaderRecord,
  isTemporaryName,
  kindAt,
  LevError,
  type MatrixSource,
} from '@levattention/core/internal'
import type { RunJob, RunPlan } from '../checkpoint/plan-fields.ts'
import { findPlan, PLAN_NAME, planned, plannedInputs, writePlan } from '../checkpoint/run-plan.ts'
import { digestOf } from '../checkpoint/digest.ts'
import { fileMarks } from '../files/file-marks.ts'
import { otherNameIn } from '../files/output-folder.ts'
import { DECIDING, type PlanOptionName } from '../checkpoint/plan-options.ts'
import { RunFolder } from '../checkpoint/run-folder.ts'
import {
  planCausalQueries,
  planKeys,
  planQueries,
  planSoftmax,
  passesOf,
  type Plan,
  mostPasses,
} from '../plan/plan.ts'
import { planUsesMoments } from '../plan/moments.ts'
import { MOST_TIGHTENINGS } from '../keys/tighten.ts'
import { type AttentionProblem, DEFAULT_EPSILON } from '../problem/attention-problem.ts'
import { maskDigest } from '../problem/seen-rows.ts'
import { SoftmaxProblem } from '../problem/softmax-problem.ts'
import { isStream } from '../solve/key-stream.ts'
import type { Job } from '../job/job.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { openProblem } from '../inputs/open-problem.ts'
import { requireRunOptions } from '../solve/run-options.ts'
import { contentOf, type PlannedRunOptions } from './run-inputs.ts'
import type { Problem } from '../solve/answers.ts'

/** Without queries: what the steps over the keys know of it. */
type PlannedProblem =
  AttentionProblem<MatrixSource, MatrixSource | undefined> | SoftmaxProblem<MatrixSource, MatrixSource>

type PowerProblem = Exclude<PlannedProblem, SoftmaxProblem<MatrixSource, MatrixSource>>

/** A run before its inputs are read, and the problem that it is about. */
interface RunCut {
  readonly problem: Problem
  readonly rest: Omit<RunPlan, 'formatVersion' | 'runId' | 'content'>
}

/**
 * How `job` with `options` is cut; its inputs are opened in `inputs`. Throws Option where the job cannot be done in steps,
 * and as the job does of its options and inputs.
 */
export async function cutRun(job: RunJob, options: PlannedRunOptions, inputs: Inputs): Promise<RunCut> {
  requireOptionsOf(job, options)
  requireSteps(job, options)
  requireRunOptions(options)
  const keyNames = await inputs.names(options.keys, 'keys')
  const hasQueries = job === 'run' && options.queries.length > 0
  const queryNames = hasQueries ? await inputs.names(options.queries, 'queries') : []
  const problem = await openProblem(inputs, { ...options, keys: keyNames, queries: queryNames })
  const { keys, queries } = problem
  const rest = {
    job,
    options: recorded(job, {
      ...options,
      keys: keyNames.map(absolute),
      queries: queryNames.map(absolute),
      ...maskOptionsOf(problem, options),
    }),
    inputs: [...plannedInputs(keys, 'keys'), ...(queries === keys ? [] : plannedInputs(queries, 'queries'))],
    ...cutOf(job, problem, options),
  }
  return { rest, problem }
}

/** How the job is cut: a pure function of its inputs' shapes and options. */
function cutOf(job: RunJob, problem: PlannedProblem, options: PlannedRunOptions, m = problem.queryCount) {
  if (problem instanceof SoftmaxProblem) return softmaxCut(problem, options)
  const plan = keyPlan(job, problem, options)
  return {
    rowCount: problem.rowCount,
    dim: problem.dim,
    shards: plan.shards,
    fanIn: plan.fanIn,
    mapLevels: mapLevelsOf(job, plan, options, m),
    queryBatches: job === 'run' && problem.queries ? batchesOf(problem, plan, options) : [],
  }
}

/** The reach of the keys, then the sums of all batches. */
function softmaxCut({ keys, queryCount }: SoftmaxProblem<MatrixSource>, options: PlannedRunOptions) {
  const { shards, fanIn, batches } = planSoftmax(keys, queryCount, options)
  return { rowCount: keys.rows, dim: keys.cols, shards, fanIn, mapLevels: 2, queryBatches: batches }
}

/**
 * Throws InputChanged where a mask is another, and Content unless the plan in `folder` is what its inputs and options make of it: whoever wrote it, its shards and batches are
 * the ones that the job will ask for. Without queries nothing is said of batches.
 */
export function requirePlanHolds(
  { plan, path }: RunFolder,
  problem: PlannedProblem,
  options: PlannedRunOptions,
): void {
  requireSameMasks({ plan, path }, problem)
  const { queryBatches, ...ofKeys } = cutOf(plan.job, problem, options, plan.queryBatches.at(-1)?.rowEnd)
  const cut: Record<string, unknown> = problem.queries ? { ...ofKeys, queryBatches } : ofKeys
  const stored: Record<string, unknown> = { ...plan }
  const name = Object.keys(cut).find((field) => JSON.stringify(cut[field]) !== JSON.stringify(stored[field]))
  if (name === undefined) return
  const file = join(path, PLAN_NAME)
  const message = `${file}: its '${name}' is not what its inputs and options make it; plan the run again, in another folder`
  throw new LevError('Content', message, { file })
}

/**
 * The folder of a run at `path`, made where it is not there. All of the inputs are read, every time: what is in the folder is
 * theirs only if they hold what they held. Throws Option where the folder holds another run's plan or other files,
 * CannotWrite, and as the inputs' `readRows`.
 */
export async function openFolder(path: string, { rest, problem }: RunCut, job: Job): Promise<RunFolder> {
  requireNoFile(path)
  const standing = findPlan(path)
  if (standing === undefined) requireEmpty(path)
  else requireSameCut(path, standing, rest)
  const marks = fileMarks(rest.inputs, path)
  const plan = planned({ ...rest, content: await contentOf(problem, rest, job) })
  const folder = new RunFolder(path, plan)
  if (standing === undefined) {
    folder.prepare()
    await writePlan(path, plan)
  } else requireSameContent(folder, standing, problem)
  if (!folder.areKnown(marks)) await folder.setKnown(marks)
  return folder
}

function keyPlan(job: RunJob, { keys, epsilon }: PowerProblem, options: PlannedRunOptions): Plan {
  if (job === 'run' || job === 'build') return planKeys(keys, epsilon, options)
  const { shards, shardRows, fanIn, p, passes } = options
  const plan = planKeys(keys, DEFAULT_EPSILON, { shards, shardRows, fanIn, p, passes })
  return { ...plan, passes: passesOf(false, plan.attention, passes) }
}

function batchesOf({ mask, queryCount }: PowerProblem, plan: Plan, options: PlannedRunOptions) {
  if (!mask.causal) return planQueries(queryCount, options)
  return planCausalQueries(queryCount, mask.queryStart, plan.shards, options).map(({ range }) => range)
}

function mapLevelsOf(job: RunJob, plan: Plan, options: PlannedRunOptions, queryCount: number): number {
  const { keep, tighten, scores, causal } = options
  // Instead of choosing keys: all scores; what the scale of a sample asks for, and its draw. With --keep: the largest bounds.
  const others = { run: 0, build: 0, scores: 0, sample: 1 }
  return (
    mostPasses(plan, job === 'run' || job === 'build') +
    others[job] +
    (keep === undefined ? 0 : 1) +
    (tighten ? MOST_TIGHTENINGS : 0) +
    (scores === 'estimate' || planUsesMoments(plan, { scores, causal, queryCount }) ? 1 : 0)
  )
}

/** Masks by their files, and by what these say: with another mask it is another run. */
function maskOptionsOf(problem: PlannedProblem, options: PlannedRunOptions): Partial<PlannedRunOptions> {
  const { keyMaskFile, queryMaskFile } = options
  const { keyMask, queryMask } = masksOf(problem)
  return {
    ...(keyMaskFile !== undefined ? { keyMaskFile: absolute(keyMaskFile) } : {}),
    ...(queryMaskFile !== undefined ? { queryMaskFile: absolute(queryMaskFile) } : {}),
    ...(keyMask ? { keyMaskDigest: maskDigest(keyMask) } : {}),
    ...(queryMask ? { queryMaskDigest: maskDigest(queryMask) } : {}),
  }
}

/** By softmax itself, or as the matrices are read. */
function masksOf(problem: Parameters<typeof requireSameMasks>[1]): {
  keyMask?: Uint8Array | undefined
  queryMask?: Uint8Array | undefined
} {
  if (problem instanceof SoftmaxProblem) return problem.visibility
  const { keys, queries } = problem
  return { keyMask: keys.spec.seen, queryMask: queries === keys ? undefined : queries?.spec.seen }
}

/** Throws InputChanged where a mask says something else than it did when the run was planned. */
export function requireSameMasks(
  { plan: { options }, path }: Pick<RunFolder, 'plan' | 'path'>,
  problem: PlannedProblem | { readonly keys: MatrixSource; readonly queries?: undefined },
): void {
  const masks = masksOf(problem)
  for (const name of ['keyMask', 'queryMask'] as const) {
    const mask = masks[name]
    if (mask === undefined || maskDigest(mask) === options[`${name}Digest`]) continue
    const file = (options as Partial<PlannedRunOptions>)[`${name}File`] ?? ''
    const found =
      file === '' ? 'of other rows a value is missing, or a mask hides others,' : `${file} hides other rows`
    const message = `${found} than when the run in ${path} was planned; begin anew, in another run folder`
    throw new LevError('InputChanged', message, { file })
  }
}

function recorded(job: RunJob, options: PlannedRunOptions): HeaderRecord {
  const names: readonly PlanOptionName[] = ['keys', 'queries', ...DECIDING[job]]
  const fields = names.map((name) => [name, options[name]] as const)
  return Object.fromEntries(
    fields.filter(([, value]) => value !== undefined && value !== false && value !== 'power'),
  ) as HeaderRecord
}

/** An address with its file's full path, so that steps may run in any folder. */
function absolute(address: string): string {
  const at = address.indexOf('#')
  return at < 0 ? resolve(address) : resolve(address.slice(0, at)) + address.slice(at)
}

/** Throws Option for an option that decides the result of other jobs: of this one it would decide nothing. */
export function requireOptionsOf(job: RunJob, options: Partial<PlannedRunOptions>): void {
  const own: readonly string[] = DECIDING[job]
  const others = Object.values(DECIDING).flat()
  const isGiven = (name: keyof PlannedRunOptions) =>
    options[name] !== undefined && options[name] !== false && options[name] !== 'power'
  const name =
    job !== 'run' && (options.queries ?? []).length > 0
      ? 'queries'
      : others.find((other) => !own.includes(other) && isGiven(other))
  if (name === undefined) return
  const option = name.replace(/File$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const message = `--${option} is not for --job ${job}, as levattention ${job} has none; leave it out`
  throw new LevError('Option', message, { option })
}

/** Throws Option for what no steps are made of. */
function requireSteps(job: RunJob, { keys, segment, rows, attention }: PlannedRunOptions): void {
  if (isStream(keys)) {
    const message =
      'keys from - can be read only once, and a run in steps reads them in many places; name a file'
    throw new LevError('Option', message, { option: 'keys' })
  }
  if (segment !== undefined && attention !== 'softmax') {
    const message = '--segment is done by run alone, not in steps: each segment is a K and a Q of its own'
    throw new LevError('Option', message, { option: 'segment' })
  }
  if (job !== 'sample' || rows !== undefined) return
  throw new LevError('Option', 'no --rows: say how many rows to draw, as in `--rows 1000`', {
    option: 'rows',
  })
}

function requireNoFile(path: string): void {
  const kind = kindAt(path)
  if (kind !== 'file' && kind !== 'other') return
  const message = `${path} is no folder: a run takes a folder of its own`
  throw new LevError('CannotWrite', message, { file: path, option: 'run' })
}

function requireEmpty(path: string): void {
  const isOurs = (name: string) => ['parts', 'result', 'log'].includes(name) || isTemporaryName(name)
  const found = otherNameIn(path, isOurs)
  if (found === undefined) return
  const message = `${path} holds other files (${found}): a run takes a folder of its own`
  throw new LevError('Option', message, { file: path, option: 'run' })
}

/** Names the first thing that differs. */
function requireSameCut(path: string, standing: RunPlan, rest: RunCut['rest']): void {
  const text = (value: unknown) => JSON.stringify(value) ?? 'the default'
  const of = ({ job, options, inputs, rowCount, dim }: RunCut['rest']): Record<string, unknown> => ({
    job,
    ...options,
    inputs,
    shape: [rowCount, dim],
  })
  const [a, b] = [of(standing), of(rest)]
  const differing = Object.keys({ ...a, ...b }).find((name) => text(a[name]) !== text(b[name]))
  if (differing !== undefined)
    throw anotherRun(path, `its ${differing} is ${text(a[differing])}, here ${text(b[differing])}`)
  const { formatVersion: _, runId: __, content: ___, ...cut } = standing
  if (digestOf(cut) !== digestOf(rest)) throw anotherRun(path, 'another cut')
}

/** Names the file, and the first rows that differ. */
function requireSameContent(folder: RunFolder, { content }: RunPlan, { keys, queries }: Problem): void {
  for (const [source, known, text] of [
    [keys, folder.keyContent, content.keys],
    [queries, folder.queryContent, content.queries],
  ] as const) {
    const other = known.firstOther(text)
    if (other === undefined) continue
    const { file, row } = source.locate(other.rowStart)
    const last = row + other.rowEnd - other.rowStart - 1
    throw anotherRun(folder.path, `${file} held other numbers in rows ${row} to ${last}`, { file, row })
  }
}

function anotherRun(
  path: string,
  what: string,
  place: { file: string; row?: number } = { file: path },
): LevError {
  const message = `${path} holds another run (${what}): go on with its options and inputs, or take another folder`
  return new LevError('Option', message, { ...place, option: 'run' })
}
