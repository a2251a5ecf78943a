import { type LogSums, logSumOf } from './row-sums.ts'

/** Which pairs a file of softmax pairs claims to hold; both: those that both want. */
export interface PairClaims {
  /** A_ij >= epsilon. */
  readonly epsilon?: number | undefined
  /** The largest A_ij of each query, so many. */
  readonly top?: number | undefined
}

/** Pairs that may be wanted, by query, keys ascending. */
export interface CandidatePairs {
  readonly queries: Uint32Array // local
  readonly keyIds: Float64Array
  readonly logits: Float64Array
}

/**
 * Logits this much below epsilon of the row so far are kept. It is more than brute force is off by in a row that it judges
 * (softmax-sweep.ts).
 */
const ROOM = 5e-3
/** A query's keys are looked through again when so many more have come, and twice what was left the last time. */
const CUT_FROM = 1024

/** The pairs of a few queries that may be wanted, cut back as their rows grow. */
export class Candidates {
  readonly #claims: PairClaims
  readonly #ids: number[][]
  readonly #logits: number[][]
  readonly #cutAt: number[]
  /** What a logit of each query must be at least by now. */
  readonly #least: Float64Array

  constructor(claims: PairClaims, queryCount: number) {
    this.#claims = claims
    this.#ids = Array.from({ length: queryCount }, () => [])
    this.#logits = Array.from({ length: queryCount }, () => [])
    this.#cutAt = Array.from({ length: queryCount }, () => CUT_FROM)
    this.#least = new Float64Array(queryCount).fill(-Infinity)
  }

  /** Logits z [rowCount, queryCount] of the keys from `rowStart` on, which `sums` hold already. */
  add(logits: Float64Array, rowStart: number, sums: LogSums): void {
    const count = this.#least.length
    this.#raise(sums)
    for (let at = 0; at < logits.length; at++) {
      const query = at % count
      const logit = logits[at]
      if (logit >= this.#least[query] && logit !== -Infinity)
        this.#push(query, rowStart + Math.floor(at / count), logit)
    }
  }

  /** Those of another part of the keys. */
  join({ queries, keyIds, logits }: CandidatePairs): this {
    queries.forEach((query, i) => this.#push(query, keyIds[i], logits[i]))
    return this
  }

  /** By query, keys ascending; `sums` of all keys that were added. */
  pairs(sums: LogSums): CandidatePairs {
    this.#raise(sums)
    for (let query = 0; query < this.#least.length; query++) this.#cut(query)
    return {
      queries: Uint32Array.from(this.#ids.flatMap((ids, query) => ids.map(() => query))),
      keyIds: Float64Array.from(this.#ids.flat()),
      logits: Float64Array.from(this.#logits.flat()),
    }
  }

  #push(query: number, keyId: number, logit: number): void {
    this.#ids[query].push(keyId)
    this.#logits[query].push(logit)
    if (this.#ids[query].length < this.#cutAt[query]) return
    this.#cut(query)
    this.#cutAt[query] = CUT_FROM + 2 * this.#ids[query].length
  }

  #raise(sums: LogSums): void {
    const { epsilon } = this.#claims
    if (epsilon === undefined) return
    for (let query = 0; query < this.#least.length; query++)
      this.#least[query] = logSumOf(sums, query) + Math.log(epsilon) - ROOM
  }

  /** Keeps what is not below `least`; of the largest alone, those: ties by row id, which ascend. */
  #cut(query: number): void {
    const [ids, logits] = [this.#ids[query], this.#logits[query]]
    const { epsilon, top = ids.length } = this.#claims
    const heavy = [...ids.keys()].filter((i) => logits[i] >= this.#least[query])
    const order =
      epsilon === undefined
        ? heavy.sort((a, b) => logits[b] - logits[a] || ids[a] - ids[b]).slice(0, top)
        : heavy
    if (epsilon === undefined && order.length === top) this.#least[query] = logits[order[top - 1]]
    const kept = order.sort((a, b) => ids[a] - ids[b])
    this.#ids[query] = kept.map((i) => ids[i])
    this.#logits[query] = kept.map((i) => logits[i])
  }
}
