import { resultState } from '../checkpoint/result-record.ts'
import { partState, type PartState, type RunFolder } from '../checkpoint/run-folder.ts'
import type { Level } from '../checkpoint/stored-level.ts'
import type { Job } from '../job/job.ts'
import { replayKeys, RESULTS } from './key-steps.ts'
import { foundIn, hasSummary, HEAVY_NAME, type RunFound } from './query-steps.ts'
import { isSoftmaxRun } from './softmax-steps.ts'

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
  /** Whether a finish step stands between keys and queries. */
  readonly hasFinish: boolean
  /** Map levels, up to the first that is not whole: what comes behind it is known only then. */
  readonly levels: readonly MapStatus[]
  /** Levels at most; those that the data do not need do not appear. */
  readonly mapLevels: number
  /** Are all maps over the keys done? */
  readonly mapped: boolean
  readonly finished: boolean
  readonly queries: LevelStatus
  readonly collected: boolean
  /** Files of result/ that stand. */
  readonly results: readonly string[]
  /** What result/summary.json says of a run that is collected. */
  readonly found?: RunFound
  /** Files of result/ that are not what this run wrote: they are written again. */
  readonly brokenResults: readonly string[]
}

export interface MapStatus extends LevelStatus {
  readonly level: number
  readonly kind: string
  /** What merge steps have left, by height; they may be left out. */
  readonly merges: readonly (LevelStatus & { readonly height: number })[]
}

/** What of the run in `folder` is done, missing and broken, from the files alone. Reads all of them; writes nothing. */
export async function statusOf(folder: RunFolder, job: Job): Promise<RunStatus> {
  const { plan } = folder
  const levels: Level[] = []
  const ended = await replayKeys(folder, { do: 'inspect', see: (level) => levels.push(level) }, job)
  const isRun = plan.job === 'run'
  const batches = plan.queryBatches.map((range) => ({
    state: partState(() => folder.loadBatch(range)),
    path: folder.batchPath(range),
  }))
  const ofKeys = isSoftmaxRun(plan) ? [] : [RESULTS[plan.job]]
  const results = [...new Set([...ofKeys, ...(isRun ? [HEAVY_NAME] : [])])]
  const states = new Map(results.map((name) => [name, resultState(folder, name)]))
  const isMapped = ended !== undefined
  const collected = states.get(HEAVY_NAME) === 'done' && hasSummary(folder)
  const finished = isSoftmaxRun(plan) ? isMapped : states.get(RESULTS[plan.job]) === 'done'
  return {
    runId: plan.runId,
    job: plan.job,
    hasFinish: !isSoftmaxRun(plan),
    levels: levels.map(({ kind, tasks, nodes }, level) => ({
      level,
      kind,
      ...shardStatus(folder, tasks),
      merges: mergeStatus(nodes),
    })),
    mapLevels: plan.mapLevels,
    mapped: isMapped,
    finished,
    queries: statusOfParts(
      batches.map((batch, index) => ({ ...batch, index })),
      batches.length,
    ),
    collected: isRun ? collected : finished,
    results: results.filter((name) => states.get(name) === 'done').map((name) => folder.result(name)),
    ...(isRun && collected && { found: foundIn(folder) }),
    brokenResults: results.filter((name) => states.get(name) === 'broken').map((name) => folder.result(name)),
  }
}

function mergeStatus(nodes: Level['nodes']): MapStatus['merges'] {
  const heights = [...new Set(nodes.map(({ height }) => height))]
  return heights.map((height) => {
    const same = nodes.filter((node) => node.height === height)
    // Several sums have the same nodes: one is done when it is in all of them.
    return { height, ...statusOfParts(same, new Set(same.map(({ index }) => index)).size) }
  })
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
