import type { Writable } from 'node:stream'
import { type HeavyPairSink, LevError, openHeavySink, type HeavyBatch } from '@levattention/core/internal'

/** Where pairs go; the names are those of the options. */
export interface PairsOptions {
  /** Heavy pairs: a file, `-` for `stdout`, or undefined to count them only. */
  readonly out?: string | undefined
  readonly stdout?: Writable | undefined
  readonly force?: boolean | undefined
  readonly tmp?: string | undefined
  /** How messages call `out`, where that is not its final place. */
  readonly shownAs?: string | undefined
}

/** Where pairs go, for row ids below `n` and `m` queries. Throws CannotWrite, Option. */
export function openPairs(
  { out, stdout, force = false, tmp, shownAs }: PairsOptions,
  n: number,
  m: number,
): HeavyPairSink {
  if (out === undefined) return countingSink()
  if (out !== '-') return openHeavySink(out, { n, m, force, shownAs, ...(tmp === undefined ? {} : { tmp }) })
  if (stdout === undefined) throw new LevError('Option', 'pairs for - need a stream; name a file')
  return openHeavySink('-', { n, m, stream: stdout })
}

/** Counts pairs and keeps none: for a summary alone. */
function countingSink(): HeavyPairSink {
  let pairCount = 0
  return {
    get pairCount() {
      return pairCount
    },
    add(batch) {
      pairCount += batch.keyIds.length
      return Promise.resolve()
    },
    seal: () => Promise.resolve([]),
    finish: () => Promise.resolve(),
    abort: () => undefined,
  }
}

/**
 * `batch` without the pairs of a negative dot. A heavy pair's dot is not 0: where it is told as 0 it has underflowed, and
 * zero has kept its sign. Each query's slack stays: a bound over all its heavy pairs.
 */
export function keepPositive(batch: HeavyBatch): HeavyBatch {
  const { queryCount, offsets, keyIds, scores, dots, scoreLow, scoreHigh, scoreSE } = batch
  const kept = Uint32Array.from(dots.keys()).filter((at) => dots[at] > 0 || Object.is(dots[at], 0))
  const keptOffsets = new Uint32Array(queryCount + 1)
  let next = 0
  for (let query = 0; query < queryCount; query++) {
    while (next < kept.length && kept[next] < offsets[query + 1]) next++
    keptOffsets[query + 1] = next
  }
  const picked = (values: Float64Array) => Float64Array.from(kept, (at) => values[at])
  return {
    ...batch,
    offsets: keptOffsets,
    keyIds: picked(keyIds),
    scores: picked(scores),
    dots: picked(dots),
    ...(scoreLow ? { scoreLow: picked(scoreLow) } : {}),
    ...(scoreHigh ? { scoreHigh: picked(scoreHigh) } : {}),
    ...(scoreSE ? { scoreSE: picked(scoreSE) } : {}),
  }
}
