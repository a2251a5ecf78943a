import { UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import type { Interval } from '../bounds/power/power-interval.ts'
import type { HeavyPair, PairColumns } from '../pairs/pair-columns.ts'

/** A pair, the ends of its score, and of an estimate the standard error. */
export interface IntervalPair extends HeavyPair {
  readonly low: number
  readonly high: number
  readonly standardError?: number
}

/** Relative error of the ends: of the powers of two numbers, and of their quotient. */
export function endRounding(p: number): number {
  return 1e-12 + 4 * p * UNIT_ROUNDOFF_F64
}

/** Ends of the score of a pair with x = |<q, k>| / root, known up to `error`, among row sums of certified ends. */
export function scoreInterval(
  power: (x: number) => number,
  x: number,
  error: number,
  { low, high }: Interval,
  rounding: number,
): Interval {
  return {
    low: Math.min(1, (power(Math.max(0, x - error)) / high) * (1 - rounding)),
    high: Math.min(1, (power(x + error) / low) * (1 + rounding)),
  }
}

/** By query, then key, without ends. */
export function exactColumnsOf(pairs: HeavyPair[]): PairColumns {
  pairs.sort((a, b) => a.query - b.query || a.keyId - b.keyId)
  const column = (of: (pair: HeavyPair) => number) => Float64Array.from(pairs, of)
  return {
    queries: Uint32Array.from(pairs, (pair) => pair.query),
    keyIds: column((pair) => pair.keyId),
    scores: column((pair) => pair.score),
    dots: column((pair) => pair.dot),
    slacks: column((pair) => pair.slack),
  }
}

/** By query, then key. */
export function columnsOf(pairs: IntervalPair[]): PairColumns {
  const columns = exactColumnsOf(pairs)
  const column = (of: (pair: IntervalPair) => number) => Float64Array.from(pairs, of)
  const isEstimate = pairs.some(({ standardError }) => standardError !== undefined)
  return {
    ...columns,
    lows: column((pair) => pair.low),
    highs: column((pair) => pair.high),
    ...(isEstimate ? { standardErrors: column(({ standardError = 0 }) => standardError) } : {}),
  }
}
