import { LevError } from '../errors/errors.ts'

/** Heavy pairs [pairs] read back, at most BATCH_PAIRS, sorted by query then key; those of a query may go on in the next batch. */
export interface PairBatch {
  readonly queryIds: Float64Array
  readonly keyIds: Float64Array
  readonly scores: Float64Array
  /** NaN where the file does not say (.ndjson keeps no infinity). */
  readonly dots: Float64Array
  /** Certified ends of the scores; the scores themselves where the file tells no intervals. */
  readonly lows: Float64Array
  readonly highs: Float64Array
}

/** Pairs of a batch, of arrays: read in milliseconds. */
export const BATCH_PAIRS = 64 * 1024
/** Of a text, whose lines take longer. */
export const LINE_PAIRS = 1024

/** Gathers pairs in file order into batches. */
export class ReadPairs {
  readonly #queryIds: number[] = []
  readonly #keyIds: number[] = []
  readonly #scores: number[] = []
  readonly #dots: number[] = []
  readonly #lows: number[] = []
  readonly #highs: number[] = []

  get isFull(): boolean {
    return this.#queryIds.length >= LINE_PAIRS
  }

  add(query: number, key: number, score: number, dot: number, low: number, high: number): void {
    this.#queryIds.push(query)
    this.#keyIds.push(key)
    this.#scores.push(score)
    this.#dots.push(dot)
    this.#lows.push(low)
    this.#highs.push(high)
  }

  /** What has been gathered, which may be nothing. */
  take(): PairBatch {
    return {
      queryIds: emptied(this.#queryIds),
      keyIds: emptied(this.#keyIds),
      scores: emptied(this.#scores),
      dots: emptied(this.#dots),
      lows: emptied(this.#lows),
      highs: emptied(this.#highs),
    }
  }
}

function emptied(values: number[]): Float64Array {
  const taken = Float64Array.from(values)
  values.length = 0
  return taken
}

/** Content: heavy pairs at `path` are damaged, `where` (a line, a member). */
export function damagedPairs(path: string, where: string, what: string): LevError {
  const message = `${path}, ${where}: ${what}. Copy the file again, or write it again with levattention run`
  return new LevError('Content', message, { file: path })
}
