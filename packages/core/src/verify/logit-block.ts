import type { Visibility } from '../attention/visibility.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { sees } from './sees.ts'

/** Which queries a block of logits is of, and what they see. */
export interface LogitTerms {
  readonly queries: Float64Array // [queryCount, dim]
  readonly queryIds: Float64Array // [queryCount]
  readonly visibility: Visibility
  /** z = scale <q, k>. */
  readonly scale: number
}

/** Logits of a block of keys with a few queries: plain float64 dots, -Infinity where a query does not see a key. */
export class LogitBlock {
  readonly queryCount: number
  readonly #terms: LogitTerms
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #queries: Float64Array // [dim, queryCount]
  readonly #logits: Float64Array // [rowCount, queryCount]

  /** Of at most `blockRows` keys [., dim]. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, terms: LogitTerms, dim: number, blockRows: number) {
    const { queries, queryIds } = terms
    this.queryCount = queryIds.length
    this.#terms = terms
    this.#kernels = kernels
    this.#dim = dim
    this.#queries = kernels.f64(queries.length)
    for (let i = 0; i < queries.length; i++)
      this.#queries[(i % dim) * this.queryCount + Math.floor(i / dim)] = queries[i]
    this.#logits = kernels.f64(this.queryCount * blockRows)
  }

  /** z [rowCount, queryCount] of `keys` [rowCount, dim], the first of them row `rowStart`; good until it is asked again. */
  compute(keys: Float32Array | Float64Array, rowCount: number, rowStart: number): Float64Array {
    const { queryCount } = this
    const { scale, visibility, queryIds } = this.#terms
    const logits = this.#logits.subarray(0, rowCount * queryCount)
    this.#kernels.multiply(logits, keys, this.#queries, rowCount, this.#dim, queryCount)
    for (let row = 0, at = 0; row < rowCount; row++) {
      for (let query = 0; query < queryCount; query++, at++)
        logits[at] = sees(visibility, queryIds[query], rowStart + row) ? logits[at] * scale : -Infinity
    }
    return logits
  }
}
