import { gamma } from '../arithmetic/numeric.ts'
import { compensatedDot, exactDot } from '../arithmetic/expansion.ts'

/** Pairs as columns, keys ascending; `queries` are local. Dots are exact to a few parts in 10^12. */
export interface VerifyPairs {
  readonly queries: Uint32Array
  readonly keyIds: Float64Array
  readonly dots: Float64Array
  readonly absolutes: Float64Array // Σ|q_a k_a|
}

/** Above this relative error bound a compensated dot is replaced by the correctly rounded one. */
const COMPENSATED_BELOW = 1e-12

/** Pairs of a few queries and many keys, each with its dot to a few parts in 10^12, whatever cancels in it. */
export class PairList {
  readonly #queryRows: Float64Array // [queryCount, dim]
  readonly #key: Float64Array // [dim]
  readonly #queries: number[] = []
  readonly #keyIds: number[] = []
  readonly #dots: number[] = []
  readonly #absolutes: number[] = []

  constructor(queryRows: Float64Array, dim: number) {
    this.#queryRows = queryRows
    this.#key = new Float64Array(dim)
  }

  /** The pair of local `query` and the key in row `row` of `keys` [rows, dim]. */
  push(query: number, keyId: number, keys: Float32Array | Float64Array, row: number): void {
    const dim = this.#key.length
    this.#key.set(keys.subarray(row * dim, (row + 1) * dim))
    const absolute = absoluteDot(this.#queryRows, query * dim, this.#key)
    this.#queries.push(query)
    this.#keyIds.push(keyId)
    this.#dots.push(accurateDot(this.#queryRows, query * dim, this.#key, absolute))
    this.#absolutes.push(absolute)
  }

  /** The pairs that `keep` wants, all by default, in the order of their coming. */
  pairs(keep: (query: number, dot: number) => boolean = () => true): VerifyPairs {
    const kept = Uint32Array.from(this.#queries.keys()).filter((i) => keep(this.#queries[i], this.#dots[i]))
    return {
      queries: kept.map((i) => this.#queries[i]),
      keyIds: Float64Array.from(kept, (i) => this.#keyIds[i]),
      dots: Float64Array.from(kept, (i) => this.#dots[i]),
      absolutes: Float64Array.from(kept, (i) => this.#absolutes[i]),
    }
  }
}

function accurateDot(queries: Float64Array, qStart: number, key: Float64Array, absolute: number): number {
  const dim = key.length
  const dot = compensatedDot(queries, qStart, key, 0, dim)
  const error = gamma(dim + 2) ** 2 * absolute
  return error <= COMPENSATED_BELOW * Math.abs(dot) ? dot : exactDot(queries, qStart, key, 0, dim)
}

function absoluteDot(queries: Float64Array, qStart: number, key: Float64Array): number {
  let sum = 0
  for (let a = 0; a < key.length; a++) sum += Math.abs(queries[qStart + a] * key[a])
  return sum
}
