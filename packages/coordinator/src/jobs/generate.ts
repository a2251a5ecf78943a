import { join } from 'node:path'
import {
  type NpySink,
  openNpySink,
  type PlantedModel,
  plantedModel,
  predictedLeverage,
  type RowRange,
} from '@levattention/core/internal'
import { mapInOrder } from '../tasks/map-in-order.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { toSharedMemory } from '../tasks/shared-memory.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { withFolder } from '../files/create-folder.ts'
import { type StagedOutputs, withOutputs } from '../files/output-transaction.ts'
import type { Job } from '../job/job.ts'
import { GENERATE } from '@levattention/worker/internal'

interface GenerateOptions {
  /** Folder for K.npy, Q.npy and planted.npy; made where it is missing. */
  readonly out: string
  readonly n: number
  readonly d: number
  readonly m: number
  /** Default 200, or n where there are fewer rows. */
  readonly planted?: number | undefined
  /**
   * Variance v² of the noise keys' entries, and coherence c: given one of them, the keys are those of theory.md section 10
   * (unit relevant keys). Defaults 1/n and 0.
   */
  readonly noise?: number | undefined
  readonly coherence?: number | undefined
  /** Default 1. */
  readonly seed?: number | undefined
  readonly force?: boolean | undefined
}

export interface GenerateSummary extends JobSummary {
  /** Predicted: the leverage of each relevant key, and the largest of a noise key. */
  readonly relevantLeverage?: number
  readonly noiseLeverage?: number
}

/** Elements of one task: 4 MiB of float32. */
const TASK_ELEMENTS = 2 ** 20
/** What making one element takes on one core, roughly. */
const SECONDS_AN_ELEMENT = 3e-8

/**
 * Writes the planted test model (theory.md section 10): K.npy [n, d] and Q.npy [m, d] float32, planted.npy the planted row
 * ids (int64). Row r is a function of (seed, r), so workers change no byte. Either all three files appear or none.
 * Throws Option, CannotWrite, WorkerLost, Aborted.
 */
export async function generatePlanted(options: GenerateOptions, job: Job): Promise<GenerateSummary> {
  const { n, d, m, planted, seed, out, force, noise, coherence } = options
  const relevant = noise === undefined && coherence === undefined ? undefined : { noise, coherence }
  const model = plantedModel({
    rowCount: n,
    dim: d,
    queryCount: m,
    ...(planted === undefined ? {} : { plantedCount: planted }),
    ...(seed === undefined ? {} : { seed }),
    relevant,
  })
  const context = await job.context((n + m) * d * SECONDS_AN_ELEMENT)
  const outputs = await withFolder(out, () =>
    withOutputs((staged) => writeFiles(model, { folder: out, force: force ?? false, staged }, context)),
  )
  return { command: 'generate', n, d, m, ...predictions(model), inputs: [], outputs, ...job.measured() }
}

/** What theory.md section 10 says of the leverage scores, where the keys are its own. */
function predictions({ relevant, rowCount, dim, plantedCount }: PlantedModel): Partial<GenerateSummary> {
  if (!relevant) return {}
  const predicted = predictedLeverage(relevant, rowCount, dim, plantedCount)
  return { relevantLeverage: predicted.relevant, noiseLeverage: predicted.noiseAtMost }
}

interface Target {
  readonly folder: string
  readonly force: boolean
  readonly staged: StagedOutputs
}

async function writeFiles(model: PlantedModel, target: Target, context: RunContext): Promise<string[]> {
  const { rowCount, queryCount, dim, plantedCount } = model
  const keys = openFile(target, 'K.npy', 'f32', [rowCount, dim])
  const queries = openFile(target, 'Q.npy', 'f32', [queryCount, dim])
  const ids = openFile(target, 'planted.npy', 'i64', [plantedCount])
  ids.sink.write(model.plantedIds)
  await writeRows(model, keys.sink, queries.sink, context)
  await context.stats.time('write', () => target.staged.finish())
  return [keys.path, queries.path, ids.path]
}

function openFile(
  { folder, force, staged }: Target,
  name: string,
  dtype: 'f32' | 'i64',
  shape: readonly number[],
): { path: string; sink: NpySink } {
  const path = join(folder, name)
  const sink = openNpySink(path, { dtype, shape, force })
  staged.add({ seal: async () => [await sink.seal()], discard: () => sink.abort() })
  return { path, sink }
}

/** All rows, in order: workers make blocks of them, this thread writes. */
async function writeRows(
  model: PlantedModel,
  keys: NpySink,
  queries: NpySink,
  { engine, signal, stats, onProgress }: RunContext,
): Promise<void> {
  const { rowCount, queryCount, dim } = model
  const shared = toSharedMemory(model)
  const keyBlocks = blockCount(rowCount, dim)
  const total = keyBlocks + blockCount(queryCount, dim)
  const requests = (function* () {
    for (const range of blocksOf(rowCount, dim)) yield { model: shared, part: 'keys' as const, range }
    for (const range of blocksOf(queryCount, dim)) yield { model: shared, part: 'queries' as const, range }
  })()
  let done = 0
  let rowsDone = 0
  for await (const rows of mapInOrder(engine, GENERATE, requests, signal)) {
    await stats.time('write', () => (done < keyBlocks ? keys : queries).write(rows))
    done++
    rowsDone += rows.length / dim
    onProgress?.({ stage: 'generate', done, total, rowsDone, rowsTotal: rowCount + queryCount })
  }
}

function blockRowsOf(dim: number): number {
  return Math.max(1, Math.floor(TASK_ELEMENTS / dim))
}

function blockCount(rowCount: number, dim: number): number {
  return Math.ceil(rowCount / blockRowsOf(dim))
}

function* blocksOf(rowCount: number, dim: number): Generator<RowRange> {
  const blockRows = blockRowsOf(dim)
  for (let rowStart = 0; rowStart < rowCount; rowStart += blockRows) {
    yield { rowStart, rowEnd: Math.min(rowCount, rowStart + blockRows) }
  }
}
