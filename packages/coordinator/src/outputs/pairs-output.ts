import type { Writable } from 'node:stream'
import { type HeavyPairSink, LevError, openHeavySink } from '@levattention/core/internal'

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
