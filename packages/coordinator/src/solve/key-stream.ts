import {
  type KeySummary,
  isNonFinite,
  LevError,
  NonFiniteCount,
  nonFiniteError,
  type RowStream,
} from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import { type PlanOptions, weighsOnce } from '../plan/plan.ts'
import type { MaskOptions } from '../problem/mask-options.ts'
import { requireNoSketch } from '../plan/sketch-options.ts'
import type { SeenFiles } from '../problem/seen-rows.ts'
import type { Found } from './answers.ts'
import type { Job } from '../job/job.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { warnOfDependence } from '../job/summarize.ts'

/** So long the rest of a stream is read to count what is not finite. */
const COUNT_LIMIT_MS = 10_000

/** True where the keys are to come from standard input. */
export function isStream(names: readonly string[]): boolean {
  return names.length === 1 && names[0] === '-'
}

/** Throws Option for what would need the keys a second time, or cuts files. */
export function requireOnePass(
  options: PlanOptions & SeenFiles & { keep?: number | undefined; tighten?: boolean | undefined },
): void {
  const seen = options.keyRows ? 'key-rows' : options.keyMaskFile === undefined ? undefined : 'key-mask'
  if (seen !== undefined) {
    const message = `--${seen} is about rows of files, and keys from - come as they are; name files, or leave the others out on the way`
    throw new LevError('Option', message, { option: seen })
  }
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
  const { passes } = options
  if (passes !== undefined && !weighsOnce(options)) {
    const message = `--passes ${passes}: keys from - come only once; leave it out, or name files`
    throw new LevError('Option', message, { option: 'passes' })
  }
  requireNoSketch(options.method, 'a stream (keys from -)')
  if (options.keep === undefined) return
  const message = '--keep needs all keys at once, and keys from - come only once; give --epsilon'
  throw new LevError('Option', message, { option: 'keep' })
}

/** Throws Option where keys that come only once are to be masked: a causal search reads them again. */
export function requireNoMask({ causal, segment, queryStart }: MaskOptions): void {
  const option = causal ? 'causal' : segment !== undefined ? 'segment' : 'query-start'
  if (!causal && segment === undefined && queryStart === undefined) return
  const message = `--${option}: each query reads the keys around it, and keys from - come only once; name files`
  throw new LevError('Option', message, { option })
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
): Promise<Found> {
  let rows = 0
  await job.time('map', async () => {
    const blocks = stream.blocks()
    // No for-await: leaving that would wait for a sender that is silent.
    for (let next = await blocks.next(); !next.done; next = await blocks.next()) {
      const block = next.value
      throwIfAborted(job.signal)
      try {
        summary.update(block)
      } catch (error) {
        throw isNonFinite(error) ? await nonFiniteStream(stream, block, rows, blocks, job) : error
      }
      rows += block.length / stream.cols
      job.stats.bytesRead += block.byteLength
      job.progress({ stage: 'map', done: rows, total: stream.rows ?? rows })
    }
  })
  inputs.countStreamed(rows)
  const universal = await job.time('reduce', () => summary.universalSet())
  warnOfDependence(universal, 'a stream', job.stats)
  const origin = { ...summary.origin(), shardRows: 0, shardSquaredNorms: new Float64Array(0) }
  return { universal, origin }
}

/**
 * The error about the NaN or infinity in `block`, whose first row is `firstRow`. The rest is read to count, without taking
 * it in; a sender that is not done by then does not keep the error from being told. Throws Aborted.
 */
async function nonFiniteStream(
  { name, cols, rows }: RowStream,
  block: Float32Array | Float64Array,
  firstRow: number,
  rest: AsyncGenerator<Float32Array | Float64Array, void, void>,
  job: Job,
): Promise<LevError> {
  const found = new NonFiniteCount(cols, firstRow)
  found.add(block)
  const givenUp = new Promise((resolve) => {
    setTimeout(resolve, COUNT_LIMIT_MS, 'late').unref()
    job.signal?.addEventListener('abort', resolve, { once: true })
  })
  const end = await Promise.race([countRest(found, rest, rows, job), givenUp])
  throwIfAborted(job.signal)
  const place = { file: name, input: 'keys', ...found.first, ...found.facts() } as const
  return nonFiniteError(place, { rows: found.rowsSeen, isWhole: end === 'whole' })
}

async function countRest(
  found: NonFiniteCount,
  rest: AsyncGenerator<Float32Array | Float64Array, void, void>,
  total: number | undefined,
  job: Job,
): Promise<'whole' | 'cut off'> {
  try {
    for await (const block of rest) {
      found.add(block)
      job.progress({ stage: 'count', done: found.rowsSeen, total: total ?? found.rowsSeen })
    }
    return 'whole'
  } catch {
    return 'cut off' // Where its end is wrong as well, what came until then is told.
  }
}
