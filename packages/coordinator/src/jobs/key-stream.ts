import {
  type KeySummary,
  isLevError,
  LevError,
  type RowStream,
  type UniversalOrigin,
  type UniversalSet,
} from '@levattention/core/internal'
import { throwIfAborted } from '../engines/abort.ts'
import type { PlanOptions } from '../plan.ts'
import { requireNoSketch } from '../sketch-options.ts'
import type { Job } from './job.ts'
import type { Inputs } from './open-inputs.ts'
import { warnOfDependence } from './summarize.ts'

/** True where the keys are to come from standard input. */
export function isStream(names: readonly string[]): boolean {
  return names.length === 1 && names[0] === '-'
}

/** Throws Option for what would need the keys a second time, or cuts files. */
export function requireOnePass(
  options: PlanOptions & { keep?: number | undefined; tighten?: boolean | undefined },
): void {
  if (options.tighten) {
    const message = '--tighten reads the keys again, and keys from - come only once; name files'
    throw new LevError('Option', message, { option: 'tighten' })
  }
  const files = { shards: options.shards, 'shard-rows': options.shardRows, 'fan-in': options.fanIn }
  const cut = Object.entries(files).find(([, value]) => value !== undefined)?.[0]
  if (cut !== undefined) {
    const message = `--${cut} cuts files into shards, and keys from - come once and in order; leave it out`
    throw new LevError('Option', message, { option: cut })
  }
  const { p = 2, passes } = options
  if (passes !== undefined && (p === 2 || passes > 1)) {
    const message = `--passes ${passes}: keys from - come only once; leave it out, or name files`
    throw new LevError('Option', message, { option: 'passes' })
  }
  requireNoSketch(options.method, 'a stream (keys from -)')
  if (options.keep === undefined) return
  const message = '--keep needs all keys at once, and keys from - come only once; give --epsilon'
  throw new LevError('Option', message, { option: 'keep' })
}

/**
 * Pushes all rows of `stream` into `summary`, which holds those before: one pass in this thread, in memory that does not
 * grow with the rows. Throws Content (NaN, infinity, a stream that is cut off), IncompatibleSummary (row ids that are
 * taken), Aborted.
 */
export async function absorbStream(
  stream: RowStream,
  summary: KeySummary,
  inputs: Inputs,
  job: Job,
): Promise<{ universal: UniversalSet; origin: UniversalOrigin }> {
  let rows = 0
  await job.time('map', async () => {
    for await (const block of stream.blocks()) {
      throwIfAborted(job.signal)
      push(summary, block, rows, stream)
      rows += block.length / stream.cols
      job.stats.bytesRead += block.byteLength
      job.progress({ stage: 'map', done: rows, total: stream.rows ?? rows })
    }
  })
  inputs.countStreamed(rows)
  const universal = await job.time('reduce', () => summary.universalSet())
  warnOfDependence(universal, 'a stream', job.stats)
  const origin = { ...summary.origin(), shardRows: 0, shardTraces: new Float64Array(0) }
  return { universal, origin }
}

/** A refusal names the stream and the row in it, not the row id. */
function push(
  summary: KeySummary,
  block: Float32Array | Float64Array,
  firstRow: number,
  { name, cols }: RowStream,
): void {
  try {
    summary.update(block)
  } catch (error) {
    if (!isLevError(error, 'Content')) throw error
    const at = block.findIndex((value) => !Number.isFinite(value))
    const [row, column] = [firstRow + Math.floor(at / cols), at % cols]
    const message =
      `${name}: row ${row}, column ${column} is ${block[at]}; every entry must be a finite number. ` +
      'Remove or replace such rows, then run again.'
    throw new LevError('Content', message, { file: name, row, column }, { cause: error })
  }
}
