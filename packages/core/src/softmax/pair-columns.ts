/** Pairs of queries of a batch and keys, with <q, k>, unscaled. */
export interface DotColumns {
  /** Places in the batch. */
  readonly queries: Uint32Array
  readonly keyIds: Float64Array
  readonly dots: Float64Array
}

const FIRST_ROOM = 1024

/** Pairs as they come, in arrays that grow. */
export class GrowingPairs {
  count = 0
  #queries = new Uint32Array(FIRST_ROOM)
  #keyIds = new Float64Array(FIRST_ROOM)
  #dots = new Float64Array(FIRST_ROOM)

  push(query: number, keyId: number, dot: number): void {
    if (this.count === this.#queries.length) this.#grow()
    this.#queries[this.count] = query
    this.#keyIds[this.count] = keyId
    this.#dots[this.count++] = dot
  }

  /** Drops those that `isKept` does not keep; the order stays. */
  filter(isKept: (query: number, dot: number) => boolean): void {
    let kept = 0
    for (let i = 0; i < this.count; i++) {
      if (!isKept(this.#queries[i], this.#dots[i])) continue
      this.#queries[kept] = this.#queries[i]
      this.#keyIds[kept] = this.#keyIds[i]
      this.#dots[kept++] = this.#dots[i]
    }
    this.count = kept
  }

  /** By query, of one query as they came. */
  sorted(queryCount: number): DotColumns {
    return byQuery(
      {
        queries: this.#queries.subarray(0, this.count),
        keyIds: this.#keyIds.subarray(0, this.count),
        dots: this.#dots.subarray(0, this.count),
      },
      queryCount,
    )
  }

  #grow(): void {
    const room = 2 * this.#queries.length
    const grown = <A extends Uint32Array | Float64Array>(into: A, from: A): A => {
      into.set(from)
      return into
    }
    this.#queries = grown(new Uint32Array(room), this.#queries)
    this.#keyIds = grown(new Float64Array(room), this.#keyIds)
    this.#dots = grown(new Float64Array(room), this.#dots)
  }
}

/** The same pairs by query, of one query in their order. */
export function byQuery({ queries, keyIds, dots }: DotColumns, queryCount: number): DotColumns {
  const next = offsetsOf(queries, queryCount)
  const count = queries.length
  const sorted = {
    queries: new Uint32Array(count),
    keyIds: new Float64Array(count),
    dots: new Float64Array(count),
  }
  for (let i = 0; i < count; i++) {
    const at = next[queries[i]]++
    sorted.queries[at] = queries[i]
    sorted.keyIds[at] = keyIds[i]
    sorted.dots[at] = dots[i]
  }
  return sorted
}

/** [queryCount + 1]: where the pairs of each query begin, were they by query. */
export function offsetsOf(queries: Uint32Array, queryCount: number): Uint32Array {
  const offsets = new Uint32Array(queryCount + 1)
  for (let i = 0; i < queries.length; i++) offsets[queries[i] + 1]++
  for (let q = 0; q < queryCount; q++) offsets[q + 1] += offsets[q]
  return offsets
}

/** Pairs of rows and those behind them: by query, keys ascending where both are. */
export function joinPairs(a: DotColumns, b: DotColumns, queryCount: number): DotColumns {
  // The columns alone: what else an argument has is not of both.
  if (a.queries.length === 0) return columnsOf(b)
  if (b.queries.length === 0) return columnsOf(a)
  const joined = {
    queries: new Uint32Array(a.queries.length + b.queries.length),
    keyIds: new Float64Array(a.queries.length + b.queries.length),
    dots: new Float64Array(a.queries.length + b.queries.length),
  }
  for (const name of ['queries', 'keyIds', 'dots'] as const) {
    joined[name].set(a[name])
    joined[name].set(b[name], a.queries.length)
  }
  return byQuery(joined, queryCount)
}

/** Pairs without whatever else an object of theirs has. */
export function columnsOf({ queries, keyIds, dots }: DotColumns): DotColumns {
  return { queries, keyIds, dots }
}

/** The pairs at which `isKept` holds; the order stays. */
export function filterPairs(pairs: DotColumns, isKept: (at: number) => boolean): DotColumns {
  const queries = pairs.queries.slice()
  const keyIds = pairs.keyIds.slice()
  const dots = pairs.dots.slice()
  let kept = 0
  for (let i = 0; i < queries.length; i++) {
    if (!isKept(i)) continue
    queries[kept] = queries[i]
    keyIds[kept] = keyIds[i]
    dots[kept++] = dots[i]
  }
  return {
    queries: queries.slice(0, kept),
    keyIds: keyIds.slice(0, kept),
    dots: dots.slice(0, kept),
  }
}
