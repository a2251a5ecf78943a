import { type HeavyPair, interleaved, type PairColumns } from './pair-columns.ts'

/**
 * The heavy pairs of consecutive queries [queryStart, queryStart + queryCount), as CSR: those of query queryStart + i are
 * at offsets[i] .. offsets[i+1], keys ascending.
 */
export interface HeavyBatch {
  /** The first query of the batch. */
  readonly queryStart: number
  /** Queries in the batch. */
  readonly queryCount: number
  /** [queryCount + 1]: where the pairs of each query begin, and where those of the last one end. */
  readonly offsets: Uint32Array
  /** Row id of each pair's key. */
  readonly keyIds: Float64Array
  /** A_ij of each pair: the share of query i's attention that key j takes. */
  readonly scores: Float64Array
  /** Certified lower end of each score, p other than 2 with `scores: 'interval'` or 'estimate'. */
  readonly scoreLow?: Float64Array
  /** Upper ends, as `scoreLow`. */
  readonly scoreHigh?: Float64Array
  /** Standard error of each score, with `--scores estimate`; 0 of one that was computed from all keys. */
  readonly scoreSE?: Float64Array
  /** With `scores: 'estimate'`: how many draws were looked at for each query [queryCount]; 0 where it needed none. */
  readonly draws?: Uint32Array
  /** Of the library's `scores: 'estimate'`: the seed of the draws, by which the same answer comes again. */
  readonly seed?: number | undefined
  /** Signed <q, k> of each pair; infinite where the product overflows float64. */
  readonly dots: Float64Array
  /** Share of each row sum that lies inside U [queryCount], p = 2; NaN for an undefined row. */
  readonly mass: Float64Array
  /** Largest relative error bound of the query's reported scores [queryCount]; 0 without pairs. */
  readonly slack: Float64Array
  /** Softmax: log Σ exp(z) of each row [queryCount]; -Infinity where it sees nothing, NaN where it was not asked for. */
  readonly lse?: Float64Array
  /** Query ids that stayed undecided: neither the certificate nor an exact pass covered them. */
  readonly uncertified: Float64Array
  /** Query ids whose row sum is zero. */
  readonly undefinedRows: Float64Array
}

/** A query's answer that does not come from its pairs. */
interface QueryRemarks {
  readonly mass: Float64Array
  readonly draws?: Uint32Array | undefined
  readonly uncertified: readonly number[] // query ids
  readonly undefinedRows: readonly number[] // query ids
}

/** What is told of scores beside them: nothing, their ends, or with these their standard errors. */
export type ScoreEnds = 'none' | 'ends' | 'estimates'

/**
 * Assembles a batch from sorted columns and the pairs of queries that have none there (exactly decided ones). `ends`: what
 * `columns` have beside scores where they have pairs.
 */
export function heavyBatchOf(
  queryStart: number,
  queryCount: number,
  columns: PairColumns,
  others: readonly HeavyPair[],
  remarks: QueryRemarks,
  ends: ScoreEnds = 'none',
): HeavyBatch {
  const pairs = others.length === 0 ? columns : interleaved(columns, columnsOf(others, ends), queryCount)
  const { queries, keyIds, scores, dots, slacks, lows, highs, standardErrors } = pairs
  const none = new Float64Array(0)
  return {
    queryStart,
    queryCount,
    offsets: offsetsOf(queryCount, queries),
    keyIds,
    scores,
    ...(ends === 'none' ? {} : { scoreLow: lows ?? none, scoreHigh: highs ?? none }),
    ...(ends === 'estimates' ? { scoreSE: standardErrors ?? none } : {}),
    ...(remarks.draws ? { draws: remarks.draws } : {}),
    dots,
    mass: remarks.mass,
    slack: largestSlacks(queryCount, queries, slacks),
    uncertified: Float64Array.from(remarks.uncertified),
    undefinedRows: Float64Array.from(remarks.undefinedRows),
  }
}

function columnsOf(pairs: readonly HeavyPair[], ends: ScoreEnds): PairColumns {
  const sorted = [...pairs].sort((a, b) => a.query - b.query || a.keyId - b.keyId)
  const column = (of: (pair: HeavyPair) => number) => Float64Array.from(sorted, of)
  return {
    queries: Uint32Array.from(sorted, ({ query }) => query),
    keyIds: column(({ keyId }) => keyId),
    scores: column(({ score }) => score),
    dots: column(({ dot }) => dot),
    slacks: column(({ slack }) => slack),
    // A score that was computed from all keys lies within its slack.
    ...(ends === 'none'
      ? {}
      : {
          lows: column(({ score, slack }) => score * (1 - slack)),
          highs: column(({ score, slack }) => Math.min(1, score * (1 + slack))),
        }),
    ...(ends === 'estimates' ? { standardErrors: column(() => 0) } : {}),
  }
}

function offsetsOf(queryCount: number, queries: Uint32Array): Uint32Array {
  const offsets = new Uint32Array(queryCount + 1)
  for (let i = 0; i < queries.length; i++) offsets[queries[i] + 1]++
  for (let q = 0; q < queryCount; q++) offsets[q + 1] += offsets[q]
  return offsets
}

function largestSlacks(queryCount: number, queries: Uint32Array, slacks: Float64Array): Float64Array {
  const largest = new Float64Array(queryCount)
  for (let i = 0; i < queries.length; i++) {
    const query = queries[i]
    const slack = slacks[i]
    if (slack > largest[query]) largest[query] = slack
  }
  return largest
}
