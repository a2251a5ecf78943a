/**
 * The heavy pairs of consecutive queries [queryStart, queryStart + queryCount), as CSR: those of query queryStart + i are
 * at offsets[i] .. offsets[i+1], keys ascending.
 */
export interface HeavyBatch {
  readonly queryStart: number
  readonly queryCount: number
  readonly offsets: Uint32Array // [queryCount + 1]
  readonly keyIds: Float64Array // row ids
  readonly scores: Float64Array // A_ij
  /** Certified ends of each score, with `--scores interval`. */
  readonly scoreLow?: Float64Array
  readonly scoreHigh?: Float64Array
  readonly dots: Float64Array // signed <q, k>; may be infinite where the product overflows float64
  /** Share of each row sum that lies inside U [queryCount], p = 2; NaN for an undefined row. */
  readonly mass: Float64Array
  /** Largest relative error bound of the query's reported scores [queryCount]; 0 without pairs. */
  readonly slack: Float64Array
  /** Query ids that stayed undecided: neither the certificate nor an exact pass covered them. */
  readonly uncertified: Float64Array
  /** Query ids whose row sum is zero. */
  readonly undefinedRows: Float64Array
}

/** One reported pair of a query; `query` counts from the batch's start. */
export interface HeavyPair {
  readonly query: number
  readonly keyId: number
  readonly score: number
  readonly dot: number
  readonly slack: number
  /** Ends of the score's certified interval, where it was not computed from all keys. */
  readonly low?: number
  readonly high?: number
}

/** A query's answer that does not come from its pairs. */
export interface QueryRemarks {
  readonly mass: Float64Array
  readonly uncertified: readonly number[] // query ids
  readonly undefinedRows: readonly number[] // query ids
}

/** Assembles a batch from pairs in any order. */
export function heavyBatchOf(
  queryStart: number,
  queryCount: number,
  pairs: HeavyPair[],
  remarks: QueryRemarks,
  withIntervals = false,
): HeavyBatch {
  pairs.sort((a, b) => a.query - b.query || a.keyId - b.keyId)
  const offsets = new Uint32Array(queryCount + 1)
  const slack = new Float64Array(queryCount)
  for (const pair of pairs) {
    offsets[pair.query + 1]++
    slack[pair.query] = Math.max(slack[pair.query], pair.slack)
  }
  for (let q = 0; q < queryCount; q++) offsets[q + 1] += offsets[q]
  return {
    queryStart,
    queryCount,
    offsets,
    keyIds: Float64Array.from(pairs, (pair) => pair.keyId),
    scores: Float64Array.from(pairs, (pair) => pair.score),
    ...(withIntervals ? intervalsOf(pairs) : {}),
    dots: Float64Array.from(pairs, (pair) => pair.dot),
    mass: remarks.mass,
    slack,
    uncertified: Float64Array.from(remarks.uncertified),
    undefinedRows: Float64Array.from(remarks.undefinedRows),
  }
}

/** A score that was computed from all keys lies within its slack. */
function intervalsOf(pairs: readonly HeavyPair[]): Pick<HeavyBatch, 'scoreLow' | 'scoreHigh'> {
  return {
    scoreLow: Float64Array.from(pairs, ({ score, slack, low }) => low ?? score * (1 - slack)),
    scoreHigh: Float64Array.from(pairs, ({ score, slack, high }) => high ?? Math.min(1, score * (1 + slack))),
  }
}
