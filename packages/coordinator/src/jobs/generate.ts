import { type PlantedModel, plantedModel, type RowRange } from '@levattention/core/internal'
import { mapInOrder } from '../pipeline/map-in-order.ts'
import type { RunContext } from '../pipeline/run-context.ts'
import { shareArrays } from '../pipeline/share.ts'
import { NpyFolder, withFolder } from './generate-files.ts'
import type { JobSummary } from './job-summary.ts'
import { type JobOptions, withJob } from './job.ts'

export interface GenerateOptions extends JobOptions {
  /** Folder for K.npy, Q.npy and planted.npy; made where it is missing. */
  readonly out: string
  readonly n: number
  readonly d: number
  readonly m: number
  /** Default 200, or n where there are fewer rows. */
  readonly planted?: number | undefined
  /** Default 1. */
  readonly seed?: number | undefined
  readonly force?: boolean | undefined
}

/** Elements of one task: 4 MiB of float32. */
const TASK_ELEMENTS = 2 ** 20
/** Making one element costs about this many multiply-adds. */
const ELEMENT_WORK = 60

/**
 * Writes the planted test model (theory.md section 10): K.npy [n, d] and Q.npy [m, d] float32, planted.npy the planted row
 * ids (int64). Row r is a function of (seed, r), so workers change no byte. Either all three files appear or none.
 * Throws Option, CannotWrite, WorkerLost, Aborted.
 */
export async function generatePlanted(options: GenerateOptions): Promise<JobSummary> {
  const { n, d, m, planted, seed, out, force } = options
  const model = plantedModel({
    rowCount: n,
    dim: d,
    queryCount: m,
    ...(planted === undefined ? {} : { plantedCount: planted }),
    ...(seed === undefined ? {} : { seed }),
  })
  return await withJob(options, async (job) => {
    const context = await job.context((n + m) * d * ELEMENT_WORK)
    const outputs = await withFolder(out, () => writeFiles(model, out, force ?? false, context))
    return { ...job.measured(), command: 'generate', n, d, m, inputs: [], outputs }
  })
}

async function writeFiles(
  model: PlantedModel,
  folder: string,
  force: boolean,
  context: RunContext,
): Promise<string[]> {
  const { rowCount, queryCount, dim, plantedCount } = model
  const shared = shareArrays(model)
  const outputs = new NpyFolder(folder, force)
  try {
    const keys = outputs.open('K.npy', 'f32', [rowCount, dim])
    const queries = outputs.open('Q.npy', 'f32', [queryCount, dim])
    const ids = outputs.open('planted.npy', 'i64', [plantedCount])
    ids.write(model.plantedIds)
    const total = blockCount(rowCount, dim) + blockCount(queryCount, dim)
    const requests = (function* () {
      for (const range of blocksOf(rowCount, dim)) yield { model: shared, part: 'keys' as const, range }
      for (const range of blocksOf(queryCount, dim)) yield { model: shared, part: 'queries' as const, range }
    })()
    let done = 0
    for await (const rows of mapInOrder(context.engine, 'generate', requests, context.signal)) {
      const sink = done < blockCount(rowCount, dim) ? keys : queries
      await context.stats.time('write', () => sink.write(rows))
      done++
      context.onProgress?.({ stage: 'map', done, total })
    }
    return await context.stats.time('write', () => outputs.finish())
  } catch (error) {
    outputs.abort()
    throw error
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
