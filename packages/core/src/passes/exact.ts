import { noPowers } from '../universal/power-sums.ts'
import { type ExactPart, type ExactPrecision, exactShard, mergeExactParts } from '../universal/exact-pass.ts'
import type { Factor } from '../universal/factor.ts'
import { plainPassOf } from './pass.ts'

export interface ExactQuestion {
  readonly factor: Pick<Factor, 'exponents'>
  readonly queries: Float64Array // [queryCount, dim], scaled
  readonly epsilon: number
  readonly precision: ExactPrecision
  /** U's row ids in the range, ascending. */
  readonly insideRows: Float64Array
  readonly p: number
  /** A query sees the keys below this row id [queryCount]; absent: all. */
  readonly keyEnds?: Float64Array | undefined
}

/** All keys against a few queries: row sums, and the pairs that may be heavy (theory.md section 8, the exact pass). */
export const exactPass = plainPassOf<ExactQuestion, ExactPart>({
  kind: 'exact',
  map: (source, range, kernels, { factor, queries, epsilon, precision, insideRows, p, keyEnds }) =>
    exactShard(source, range, kernels, factor, queries, epsilon, precision, insideRows, p, keyEnds),
  zero({ queries, p }, { cols }) {
    const none = new Float64Array(0)
    return {
      rowSums: noPowers(p, queries.length / cols),
      insideSums: noPowers(p, queries.length / cols),
      depth: 0,
      keysLost: false,
      queries: new Uint32Array(0),
      keyIds: none,
      dots: none,
      absolutes: none,
    }
  },
  merge: (a, b) => mergeExactParts(a, b),
})
