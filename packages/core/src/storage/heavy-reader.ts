import { openFileSource } from './byte-source.ts'
import type { HeaderRecord } from './canonical.ts'
import { HeavyNpzReader } from './heavy-npz-reader.ts'
import type { HeavyShape } from './heavy-pairs.ts'
import { heavyFormat, type HeavyFormat } from './heavy-sink.ts'
import { textBatches } from './heavy-text-reader.ts'
import type { PairBatch } from './pair-collector.ts'

/** A file of heavy pairs, open for reading. The text formats know pairs only. */
export interface HeavyPairReader {
  readonly path: string
  readonly format: HeavyFormat
  readonly meta: HeaderRecord | undefined
  readonly shape: HeavyShape | undefined
  /** Ids of undecided queries. */
  readonly uncertified: Float64Array | undefined
  /** `mass` or `slack` [rowEnd - rowStart] of queries [rowStart, rowEnd), where the file has them. */
  perQuery(name: 'mass' | 'slack', rowStart: number, rowEnd: number): Float64Array | undefined
  /** From the beginning, each time. Throws Content with the line or array where the file is damaged. */
  batches(): Generator<PairBatch>
  close(): void
}

/**
 * Opens heavy pairs as a sink wrote them, by the extension of `path`: close the reader after use.
 * Throws NotFound, Content (an archive is checked as a whole, text as it is read), Option (another extension).
 */
export function readHeavyPairs(path: string): HeavyPairReader {
  const format = heavyFormat(path, 'heavy')
  const source = openFileSource(path)
  const close = (): void => source.close()
  if (format !== 'npz') {
    return {
      path,
      format,
      meta: undefined,
      shape: undefined,
      uncertified: undefined,
      perQuery: () => undefined,
      batches: () => textBatches(source, format),
      close,
    }
  }
  try {
    const npz = new HeavyNpzReader(source)
    const { meta, shape } = npz
    const uncertified = npz.uncertified()
    const perQuery: HeavyPairReader['perQuery'] = (name, start, end) => npz.perQuery(name, start, end)
    return { path, format, meta, shape, uncertified, perQuery, batches: () => npz.batches(), close }
  } catch (error) {
    close()
    throw error
  }
}
