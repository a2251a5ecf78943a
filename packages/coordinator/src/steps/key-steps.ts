import { LevError } from '@levattention/core/internal'
import { scoringSeconds } from '../problem/attention-problem.ts'
import { problemOf } from '../problem/problem-of.ts'
import { EndOfStep, FolderAnswers, type KeyWork } from '../checkpoint/folder-answers.ts'
import { recordResults, resultState } from '../checkpoint/result-record.ts'
import type { RunFolder } from '../checkpoint/run-folder.ts'
import type { Job } from '../job/job.ts'
import type { JobFacts } from '../job/job-summary.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { sample, sampleOf } from '../jobs/sample.ts'
import { drawEstimate } from '../keys/estimate-draws.ts'
import { sumFourthMoments } from '../keys/fourth-moments.ts'
import { planUsesMoments } from '../plan/moments.ts'
import { findSet } from '../solve/answers.ts'
import { scores, writeScores } from '../jobs/scores.ts'
import { writeUniversal } from '../solve/stage-universal.ts'
import { summaryOfUniversal, warnOfSize } from '../job/summarize.ts'
import { requirePlanHolds, requireSameMasks } from './plan-run.ts'
import { optionsOf, type PlannedRunOptions, recordIn, requireInputs } from './run-inputs.ts'
import { isSoftmaxRun, softmaxMaps } from './softmax-steps.ts'

/** What a job leaves in `result/` once its maps over the keys are done. */
export const RESULTS = {
  run: 'universal.lev',
  build: 'universal.lev',
  scores: 'tau.npy',
  sample: 's.npz',
} as const

/** Which shards one map step makes. */
interface MapStep {
  readonly level: number
  readonly index: number
  /** Shards that one index stands for. */
  readonly shardsPerTask: number
}

/** Makes the parts of `level` for the shards of `index`; done at once where the data need no such level. */
export async function mapStep(
  folder: RunFolder,
  { level, index, shardsPerTask }: MapStep,
  job: Job,
): Promise<void> {
  const { shards, mapLevels } = folder.plan
  const tasks = Math.ceil(shards.length / shardsPerTask)
  requireIndex('level', level, mapLevels, 'levels')
  requireIndex('index', index, Math.max(1, tasks), 'map tasks')
  const from = shards[index * shardsPerTask]?.rowStart ?? 0
  const to = shards[Math.min(shards.length, (index + 1) * shardsPerTask) - 1]?.rowEnd ?? 0
  const isMine = (rowStart: number) => rowStart >= from && rowStart < to
  await replayKeys(folder, { do: 'level', level, isMine }, job)
}

/** Sums up the parts below one node of `level`'s merge tree, all of which must stand: later steps then read it alone. */
export async function mergeStep(
  folder: RunFolder,
  { level, height, index }: { readonly level: number; readonly height: number; readonly index: number },
  job: Job,
): Promise<void> {
  requireIndex('level', level, folder.plan.mapLevels, 'levels')
  await replayKeys(folder, { do: 'merge', level, node: { height, index } }, job)
}

/** Writes the result of the maps, all of which must stand; nothing where it stands. */
export async function finishStep(folder: RunFolder, job: Job): Promise<JobFacts> {
  const name = RESULTS[folder.plan.job]
  await requireInputs(folder, job)
  folder.tidy()
  // Softmax has no universal set: what its maps leave is for the queries.
  if (isSoftmaxRun(folder.plan)) return { inputs: [] }
  if (resultState(folder, name) === 'done') return { inputs: [] }
  const facts = await replayKeys(folder, { do: 'nothing' }, job)
  if (facts === undefined) throw new LevError('Internal', 'the job ended before its maps were over')
  await recordResults(folder, [name])
  return facts
}

/** The keys' part of the job, as far as `keyWork` lets it come: undefined where it ended before. */
export async function replayKeys(
  folder: RunFolder,
  keyWork: KeyWork,
  job: Job,
): Promise<JobFacts | undefined> {
  // Who only looks writes nothing.
  await requireInputs(folder, job, { keep: keyWork.do !== 'inspect' })
  recordIn(folder, job, new FolderAnswers(folder, keyWork, false))
  try {
    return await keysOf(folder, keyWork, job)
  } catch (error) {
    if (error instanceof EndOfStep) return undefined
    throw error
  }
}

async function keysOf(folder: RunFolder, keyWork: KeyWork, job: Job): Promise<JobFacts> {
  const options = optionsOf(folder, job)
  const { rows = 0 } = options
  const kind = folder.plan.job
  if (isSoftmaxRun(folder.plan)) return await softmaxMaps(folder, job)
  const out = folder.result(RESULTS[kind])
  // A step or a look that comes to the end found nothing to do at its level: it writes no result.
  const writes = keyWork.do === 'nothing'
  if (writes && options.keyMaskFile !== undefined) await requireMaskHolds(folder, options, job)
  if (kind === 'scores' && writes) return await scores({ ...options, out, force: true }, job)
  if (kind === 'sample' && writes) return await sample({ ...options, rows, out, force: true }, job)
  return await withInputs(options, job, async (inputs) => {
    const keys = await inputs.open(options.keys, 'keys')
    const problem = problemOf(options, keys, undefined)
    requirePlanHolds(folder, problem, options)
    if (kind === 'scores' || kind === 'sample') {
      const context = await job.context(scoringSeconds(keys))
      if (kind === 'scores') await writeScores(keys, options, context, { write: () => undefined })
      else await sampleOf(keys, { ...options, rows }, context, () => undefined)
      return { ...inputs.facts }
    }
    const context = await job.context(problem.work())
    const queryCount = folder.plan.queryBatches.at(-1)?.rowEnd ?? 0
    const found = await findSet(problem, { ...options, queryCount, mergeable: true }, context)
    const { universal } = found
    if (problem.estimate) await drawEstimate(universal, { keys, ...problem.estimate }, options, context)
    if (planUsesMoments(found.plan, { scores: problem.scores, causal: problem.mask.causal, queryCount }))
      await sumFourthMoments(universal, keys, options, context)
    warnOfSize(found.universal, job.stats)
    if (writes) {
      await writeUniversal([out], found, true, job, () => job.requireUnchanged(inputs))
    }
    return { ...summaryOfUniversal(found.universal), ...inputs.facts }
  })
}

/** Throws InputChanged where the mask of the keys is another than was planned with. */
async function requireMaskHolds(folder: RunFolder, options: PlannedRunOptions, job: Job): Promise<void> {
  await withInputs(options, job, async (inputs) => {
    requireSameMasks(folder, { keys: await inputs.open(options.keys, 'keys') })
  })
}

export function requireIndex(option: string, value: number, count: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= 0 && value < count) return
  const message = `--${option} is ${value}; this run has ${count} ${what}, 0 to ${count - 1}`
  throw new LevError('Option', message, { option })
}
