import type { HeavyBatch, UniversalSet } from '@levattention/core/internal'

/** A key that a summary names. */
export interface TopKey {
  readonly rowId: number
  /** What its table calls it, where a column names rows. */
  readonly name?: string
  /** The largest share that any query gives it; absent where there is no set, or each query has keys of its own (causal). */
  readonly bound?: number
  /** Queries that it is heavy for, where there are queries. */
  readonly queries?: number
}

/** What people are shown of a job's answer beside its summary: no part of --json or of any file. */
export interface Findings {
  /** By their bounds, or where there are none by their queries; the largest first, of equals the lower id. */
  readonly topKeys?: readonly TopKey[]
  /** Mean over the decided queries with a row sum of what their reported pairs hold of it. */
  readonly pairsHold?: number
}

/** Keys that are shown. */
const SHOWN_KEYS = 5
/** Where ids are below it, each key's queries are counted: 4 MiB. */
const MOST_COUNTED = 2 ** 20

type BoundedKeys = Pick<UniversalSet, 'rowIds' | 'bounds' | 'prefixes'>

/** The keys of a set with the largest bounds. */
export function topKeysOf({ rowIds, bounds, prefixes }: BoundedKeys): TopKey[] {
  // Causal bounds are about the queries that see a key: the first keys have few others beside them.
  if (prefixes) return []
  return Array.from(rowIds.subarray(0, SHOWN_KEYS), (rowId, at) => ({ rowId, bound: bounds[at] }))
}

/** Looks at the pairs of a search as they go by. */
export class PairsWatch {
  readonly #bounded: readonly TopKey[]
  readonly #queriesOf: Map<number, number>
  readonly #counts: Uint32Array | undefined
  #scoreSum = 0
  #decidedRows = 0

  /** `universal`: the set that all pairs come from, where there is one. `idEnd`: ids of keys are below it. */
  constructor(universal: BoundedKeys | undefined, idEnd: number) {
    this.#bounded = universal ? topKeysOf(universal) : []
    this.#queriesOf = new Map(this.#bounded.map(({ rowId }) => [rowId, 0]))
    this.#counts = idEnd <= MOST_COUNTED ? new Uint32Array(idEnd) : undefined
  }

  add({ queryCount, keyIds, scores, uncertified, undefinedRows }: HeavyBatch): void {
    this.#decidedRows += queryCount - uncertified.length - undefinedRows.length
    for (let pair = 0; pair < scores.length; pair++) this.#scoreSum += scores[pair]
    if (this.#counts) for (const key of keyIds) this.#counts[key]++
    else if (this.#queriesOf.size > 0) this.#countBounded(keyIds)
  }

  /** What was seen so far. */
  findings(): Findings {
    const topKeys =
      this.#bounded.length > 0
        ? this.#bounded.map((key) => ({ ...key, queries: this.#queriesOfKey(key.rowId) }))
        : this.#mostQueries()
    return { topKeys, ...(this.#decidedRows > 0 && { pairsHold: this.#scoreSum / this.#decidedRows }) }
  }

  #countBounded(keyIds: Float64Array): void {
    for (const key of keyIds) {
      const count = this.#queriesOf.get(key)
      if (count !== undefined) this.#queriesOf.set(key, count + 1)
    }
  }

  #queriesOfKey(rowId: number): number {
    return this.#counts?.[rowId] ?? this.#queriesOf.get(rowId) ?? 0
  }

  #mostQueries(): TopKey[] {
    const top: { rowId: number; queries: number }[] = []
    this.#counts?.forEach((queries, rowId) => {
      if (queries <= (top.length === SHOWN_KEYS ? top[SHOWN_KEYS - 1].queries : 0)) return
      top.splice(top.findLastIndex((one) => one.queries >= queries) + 1, 0, { rowId, queries })
      if (top.length > SHOWN_KEYS) top.pop()
    })
    return top
  }
}
