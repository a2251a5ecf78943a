/**
 * A slow, plain oracle of the softmax side for property tests, from the definitions alone and sharing no line with the
 * product. Here the exact pairs; beside it, in softmax/, what selections hold: `oracleAttend` (attend.ts), `oracleCoverage`
 * (coverage.ts). It is itself held against test/golden/softmax, answers of another language in 80-bit arithmetic.
 */
import { row } from './oracle.ts'
import {
  keyHeadOf,
  queryRange,
  visibleKeys,
  type OracleHeads,
  type OracleVisibility,
} from './softmax/head.ts'
import { accurateDot, descending, logitsOf, sharesOf } from './softmax/weights.ts'

export interface SoftmaxPairOptions extends OracleVisibility {
  readonly scale?: number | undefined
  /** A_ij >= epsilon. */
  readonly epsilon?: number | undefined
  /** The largest of a row, ties by key id. */
  readonly top?: number | undefined
}

export interface SoftmaxPair {
  readonly query: number
  readonly key: number
  readonly score: number
  /** <q, k>, unscaled. */
  readonly dot: number
}

export interface SoftmaxPairs {
  /** By query, then key. */
  readonly pairs: readonly SoftmaxPair[]
  /** Of the rows answered; -Infinity where a row sees nothing. */
  readonly lse: Float64Array
  readonly emptyRows: number
  /** Mean over the rows that see something of the sum of what is reported; null without such rows. */
  readonly heavyMassMean: number | null
  /** Share of the pairs with <q, k> < 0; null without pairs. */
  readonly negativeDotShare: number | null
}

/** One answer a query head; `epsilon` and `top` given: both hold. Memory n. */
export function oracleSoftmaxPairs(heads: OracleHeads, options: SoftmaxPairOptions): SoftmaxPairs[] {
  return heads.queries.map((queries, h) => {
    const keys = heads.keys[keyHeadOf(h, heads)]
    const rows = queryRange(options, queries).map((query) => {
      const q = row(queries, query)
      const seen = visibleKeys(options, query, keys.rows)
      const logits = logitsOf(q, keys, seen, scaleOf(options))
      const { shares, lse } = sharesOf(logits)
      const pairs = reported(logits, shares, options).map((at) => {
        const key = seen[at]
        return { query, key, score: shares[at], dot: accurateDot(q, row(keys, key)) }
      })
      return { pairs, lse, empty: seen.length === 0 }
    })
    const pairs = rows.flatMap((found) => found.pairs)
    const full = rows.filter(({ empty }) => !empty)
    const mass = pairs.reduce((sum, { score }) => sum + score, 0)
    return {
      pairs,
      lse: Float64Array.from(rows, ({ lse }) => lse),
      emptyRows: rows.length - full.length,
      heavyMassMean: full.length === 0 ? null : mass / full.length,
      negativeDotShare: pairs.length === 0 ? null : pairs.filter(({ dot }) => dot < 0).length / pairs.length,
    }
  })
}

/** Places, ascending. The order is that of the logits: many a share is too small for a float64. */
function reported(
  logits: Float64Array,
  shares: Float64Array,
  { epsilon = 0, top = logits.length }: SoftmaxPairOptions,
): number[] {
  const first = descending(logits).slice(0, top)
  return first.filter((at) => shares[at] >= epsilon).sort((a, b) => a - b)
}

function scaleOf({ scale }: SoftmaxPairOptions) {
  return scale === undefined ? {} : { scale }
}
