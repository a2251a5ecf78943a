import { existsSync } from 'node:fs'
import { isLevError } from '@levattention/core/internal'
import type { PartState, RunFolder } from '../../run-folder/run-folder.ts'
import type { Level } from '../../run-folder/recording-engine.ts'
import type { Job } from '../job.ts'
import { replayKeys, RESULTS } from './key-steps.ts'
import { HEAVY_NAME } from './query-steps.ts'

/** How far one level of steps has come. Indices are those of single shards or batches. */
export interface LevelStatus {
  readonly total: number
  readonly done: number
  readonly missing: readonly number[]
  /** Files that are damaged or another run's: they are made again. */
  readonly broken: readonly { readonly index: number; readonly file: string }[]
}

export interface RunStatus {
  readonly runId: string
  readonly job: string
  /** Map levels, up to the first that is not whole: what comes behind it is known only then. */
  readonly levels: readonly (LevelStatus & { readonly level: number; readonly kind: string })[]
  /** Levels at most; those that the data do not need do not appear. */
  readonly mapLevels: number
  /** Are all maps over the keys done? */
  readonly mapped: boolean
  readonly finished: boolean
  readonly queries: LevelStatus
  readonly collected: boolean
}

/** What of the run in `folder` is done, missing and broken, from the files alone. Reads all of them; writes nothing. */
export async function statusOf(folder: RunFolder, job: Job): Promise<RunStatus> {
  const { plan } = folder
  const levels: Level[] = []
  const ended = await replayKeys(folder, { do: 'look', see: (level) => levels.push(level) }, job)
  const isRun = plan.job === 'run'
  const batches = plan.queryBatches.map((range) => ({
    state: stateOf(() => folder.loadBatch(range)),
    path: folder.batchPath(range),
  }))
  const finished = existsSync(folder.result(RESULTS[plan.job]))
  return {
    runId: plan.runId,
    job: plan.job,
    levels: levels.map(({ kind, tasks }, level) => ({ level, kind, ...shardStatus(folder, tasks) })),
    mapLevels: plan.mapLevels,
    mapped: ended !== undefined,
    finished,
    queries: statusOfParts(
      batches.map((batch, index) => ({ ...batch, index })),
      batches.length,
    ),
    collected: isRun ? existsSync(folder.result(HEAVY_NAME)) : finished,
  }
}

/** Tasks by the shard that they lie in: a shard is done when all of them are. */
function shardStatus({ plan }: RunFolder, tasks: Level['tasks']): LevelStatus {
  const shardRows = plan.shards[0] ? plan.shards[0].rowEnd - plan.shards[0].rowStart : 1
  const parts = tasks.map(({ rowStart, ...task }) => ({ ...task, index: Math.floor(rowStart / shardRows) }))
  return statusOfParts(parts, new Set(parts.map(({ index }) => index)).size)
}

function statusOfParts(
  parts: readonly { readonly index: number; readonly path: string; readonly state: PartState }[],
  total: number,
): LevelStatus {
  const open = parts.filter(({ state }) => state !== 'done')
  const missing = [...new Set(open.map(({ index }) => index))]
  const broken = open
    .filter(({ state }) => state === 'broken')
    .map(({ index, path }) => ({ index, file: path }))
  return { total, done: total - missing.length, missing, broken }
}

function stateOf(load: () => unknown): PartState {
  try {
    return load() === undefined ? 'missing' : 'done'
  } catch (error) {
    if (isLevError(error, 'Content')) return 'broken'
    throw error
  }
}
