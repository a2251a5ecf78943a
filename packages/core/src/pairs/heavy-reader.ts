import { type ByteSource, openFileSource } from '../files/byte-source.ts'
import type { HeavyMeta } from './heavy-meta.ts'
import { HeavyNpzReader, type PerQuery } from './heavy-npz-reader.ts'
import type { HeavyShape } from './heavy-pairs.ts'
import { heavyFormat, type HeavyFormat } from './heavy-sink.ts'
import type { HeavyTextFormat } from './heavy-text.ts'
import { openTextPairs, textHasErrors, textHasIntervals } from './heavy-text-reader.ts'
import type { PairBatch } from './pair-collector.ts'
import { resavedArrays } from './resaved-npz.ts'
import type { TurnedPairs } from './turned-pairs.ts'
import { atOnce } from '../pieces/at-once.ts'

/** A file of heavy pairs, open for reading. The text formats know pairs only. */
export interface HeavyPairReader {
  readonly path: string
  readonly format: HeavyFormat
  readonly meta: HeavyMeta | undefined
  readonly shape: HeavyShape | undefined
  /** Scores have certified ends. */
  readonly hasIntervals: boolean
  /** Scores are estimates with standard errors: pairs below epsilon may be among them. */
  readonly isEstimate: boolean
  /** False where q.k is not told. */
  readonly hasDots: boolean
  readonly pairCount: number
  /** Ids of undecided queries, ascending. */
  readonly uncertified: Float64Array | undefined
  /** `mass`, `slack` or `lse` [rowEnd - rowStart] of queries [rowStart, rowEnd), where the file has them. */
  perQuery(name: PerQuery, rowStart: number, rowEnd: number): Float64Array | undefined
  /** From the beginning, each time. Throws Content with the line or array where the file is damaged. */
  batches(): Generator<PairBatch>
  close(): void
}

/**
 * Opens heavy pairs as a sink wrote them, or as another program saved the same ones again, by the extension of `path`, and tries
 * every number in it: close the reader after use. `turned`: where its pairs lie as a text (`turnPairs`). Throws NotFound, Content (naming line or array), Option (another extension).
 */
export function readHeavyPairs(path: string, turned?: TurnedPairs): HeavyPairReader {
  return atOnce(readingHeavyPairs(path, turned))
}

/**
 * As `readHeavyPairs`, a piece at a time: others of this thread may come between. Ended early, it closes the file. `inflated`: what its
 * compressed members hold (`inflatedPairs`).
 */
export function* readingHeavyPairs(
  path: string,
  turned?: TurnedPairs,
  inflated?: ReadonlyMap<string, Uint8Array>,
): Generator<void, HeavyPairReader, void> {
  const format = turned?.format ?? heavyFormat(path, 'heavy')
  const source = openFileSource(turned?.openPath ?? path, path)
  let reader: HeavyPairReader | undefined
  try {
    reader = yield* format === 'npz' ? openingNpz(source, inflated) : openingText(source, format)
    return reader
  } finally {
    if (!reader) source.close()
  }
}

function* openingNpz(
  source: ByteSource,
  inflated: ReadonlyMap<string, Uint8Array> | undefined,
): Generator<void, HeavyPairReader, void> {
  const npz = new HeavyNpzReader(source, yield* resavedArrays(source, inflated))
  yield* npz.validating()
  const { meta, shape, hasIntervals, isEstimate, hasDots, pairCount } = npz
  return {
    path: source.name,
    format: 'npz',
    meta,
    shape,
    hasIntervals,
    isEstimate,
    hasDots,
    pairCount,
    uncertified: npz.uncertified(),
    perQuery: (name, start, end) => npz.perQuery(name, start, end),
    batches: () => npz.batches(),
    close: () => source.close(),
  }
}

function* openingText(source: ByteSource, format: HeavyTextFormat): Generator<void, HeavyPairReader, void> {
  const text = yield* openTextPairs(source, format)
  return {
    path: source.name,
    format,
    meta: undefined,
    shape: undefined,
    hasIntervals: textHasIntervals(source, format),
    isEstimate: textHasErrors(source, format),
    hasDots: true,
    pairCount: text.pairCount,
    uncertified: undefined,
    perQuery: () => undefined,
    batches: () => text.batches(),
    close: () => source.close(),
  }
}
