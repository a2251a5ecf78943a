import type { PairColumnsOut } from '../kernels/kernels.ts'
import { scalePowerOfTwo } from '../arithmetic/column-exponents.ts'

/** One reported pair of a query; `query` counts from the batch's start. */
export interface HeavyPair {
  readonly query: number
  readonly keyId: number
  readonly score: number
  readonly dot: number
  readonly slack: number
}

/** Reported pairs as columns of equal length, by query then key. `queries` count from the block's or batch's start. */
export interface PairColumns {
  readonly queries: Uint32Array
  readonly keyIds: Float64Array // row ids
  readonly scores: Float64Array
  readonly dots: Float64Array
  readonly slacks: Float64Array
  /** Ends of the scores' certified intervals, where they were not computed from all keys (p other than 2). */
  readonly lows?: Float64Array
  readonly highs?: Float64Array
  /** Standard errors of scores that are estimates. */
  readonly standardErrors?: Float64Array
}

/** Collects pairs in any order, in columns that double: dense batches hold millions, which must not become objects. */
export class PairCollector {
  #count = 0
  #queries = new Uint32Array(64)
  #slots = new Uint32Array(64)
  #scores = new Float64Array(64)
  #dots = new Float64Array(64)
  #slacks = new Float64Array(64)

  /** `dot`: of the scaled query. */
  push(query: number, slot: number, score: number, dot: number, slack: number): void {
    this.#makeRoom(1)
    const at = this.#count++
    this.#queries[at] = query
    this.#slots[at] = slot
    this.#scores[at] = score
    this.#dots[at] = dot
    this.#slacks[at] = slack
  }

  /** The first `count` of `pairs`, which are copied. */
  append({ queries, slots, dots, scores, slacks }: PairColumnsOut, count: number): void {
    this.#makeRoom(count)
    this.#queries.set(queries.subarray(0, count), this.#count)
    this.#slots.set(slots.subarray(0, count), this.#count)
    this.#dots.set(dots.subarray(0, count), this.#count)
    this.#scores.set(scores.subarray(0, count), this.#count)
    this.#slacks.set(slacks.subarray(0, count), this.#count)
    this.#count += count
  }

  /**
   * All pairs by query, then key. `rowIds` ascending, `rankOfSlot`: a slot's place among them; `shifts`: <q, k> is 2^-shift times
   * the dot that was pushed. Two counting sorts: linear.
   */
  sorted(rowIds: Float64Array, rankOfSlot: Uint32Array, shifts: Int32Array): PairColumns {
    const ranks = placesAt(rankOfSlot, this.#slots.subarray(0, this.#count))
    const byKey = stableOrder(ranks, rowIds.length, undefined)
    const order = stableOrder(this.#queries.subarray(0, this.#count), shifts.length, byKey)
    const queries = placesAt(this.#queries, order)
    return {
      queries,
      keyIds: pickAt(rowIds, placesAt(ranks, order)),
      scores: pickAt(this.#scores, order),
      dots: unscaled(pickAt(this.#dots, order), queries, shifts),
      slacks: pickAt(this.#slacks, order),
    }
  }

  #makeRoom(count: number): void {
    const needed = this.#count + count
    if (needed <= this.#queries.length) return
    const length = Math.max(needed, 2 * this.#count)
    const grown = <T extends Uint32Array | Float64Array>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    this.#queries = grown(new Uint32Array(length), this.#queries)
    this.#slots = grown(new Uint32Array(length), this.#slots)
    this.#scores = grown(new Float64Array(length), this.#scores)
    this.#dots = grown(new Float64Array(length), this.#dots)
    this.#slacks = grown(new Float64Array(length), this.#slacks)
  }
}

/** dots_i 2^-shifts[queries_i], in place. */
function unscaled(dots: Float64Array, queries: Uint32Array, shifts: Int32Array): Float64Array {
  for (let i = 0; i < dots.length; i++) dots[i] = scalePowerOfTwo(dots[i], -shifts[queries[i]])
  return dots
}

function pickAt(column: Float64Array, places: Uint32Array): Float64Array {
  const picked = new Float64Array(places.length)
  for (let i = 0; i < places.length; i++) picked[i] = column[places[i]]
  return picked
}

function placesAt(column: Uint32Array, places: Uint32Array): Uint32Array {
  const picked = new Uint32Array(places.length)
  for (let i = 0; i < places.length; i++) picked[i] = column[places[i]]
  return picked
}

/** Positions sorted by keys[position] in [0, end), equal ones in the order of `before` (of position where undefined). */
function stableOrder(keys: Uint32Array, end: number, before: Uint32Array | undefined): Uint32Array {
  const starts = new Uint32Array(end + 1)
  for (let i = 0; i < keys.length; i++) starts[keys[i] + 1]++
  for (let key = 0; key < end; key++) starts[key + 1] += starts[key]
  const order = new Uint32Array(keys.length)
  for (let i = 0; i < keys.length; i++) {
    const at = before === undefined ? i : before[i]
    order[starts[keys[at]]++] = at
  }
  return order
}

export const NO_PAIRS: PairColumns = {
  queries: new Uint32Array(0),
  keyIds: new Float64Array(0),
  scores: new Float64Array(0),
  dots: new Float64Array(0),
  slacks: new Float64Array(0),
}

/** Consecutive blocks' columns as one; `offsets[b]` is added to block b's query numbers. */
export function joinColumns(blocks: readonly PairColumns[], offsets: readonly number[]): PairColumns {
  if (blocks.length === 1 && offsets[0] === 0) return blocks[0]
  const concat = (column: (block: PairColumns) => Float64Array) => {
    const joined = new Float64Array(blocks.reduce((sum, block) => sum + block.queries.length, 0))
    let at = 0
    for (const block of blocks) {
      joined.set(column(block), at)
      at += block.queries.length
    }
    return joined
  }
  return {
    queries: joinQueries(blocks, offsets),
    keyIds: concat((block) => block.keyIds),
    scores: concat((block) => block.scores),
    dots: concat((block) => block.dots),
    slacks: concat((block) => block.slacks),
    ...(blocks.some(({ lows }) => lows)
      ? {
          lows: concat(({ lows = new Float64Array(0) }) => lows),
          highs: concat(({ highs = new Float64Array(0) }) => highs),
        }
      : {}),
    ...(blocks.some(({ standardErrors }) => standardErrors)
      ? { standardErrors: concat(({ standardErrors = new Float64Array(0) }) => standardErrors) }
      : {}),
  }
}

function joinQueries(blocks: readonly PairColumns[], offsets: readonly number[]): Uint32Array {
  const joined = new Uint32Array(blocks.reduce((sum, block) => sum + block.queries.length, 0))
  let at = 0
  blocks.forEach(({ queries }, b) => {
    joined.set(
      queries.map((query) => query + offsets[b]),
      at,
    )
    at += queries.length
  })
  return joined
}

/** The pairs of other queries than `dropped`. */
export function withoutQueries(columns: PairColumns, dropped: ReadonlySet<number>): PairColumns {
  const kept = Uint32Array.from(columns.queries.keys()).filter((i) => !dropped.has(columns.queries[i]))
  return pairsAt(columns, kept)
}

/** `columns` and `others`, each by query then key and of other queries than the other, as one of the same order. */
export function interleaved(columns: PairColumns, others: PairColumns, queryCount: number): PairColumns {
  const joined = joinColumns([columns, others], [0, 0])
  return pairsAt(joined, stableOrder(joined.queries, queryCount, undefined))
}

function pairsAt(columns: PairColumns, places: Uint32Array): PairColumns {
  const { queries, keyIds, scores, dots, slacks, lows, highs, standardErrors } = columns
  return {
    queries: placesAt(queries, places),
    keyIds: pickAt(keyIds, places),
    scores: pickAt(scores, places),
    dots: pickAt(dots, places),
    slacks: pickAt(slacks, places),
    ...(lows ? { lows: pickAt(lows, places) } : {}),
    ...(highs ? { highs: pickAt(highs, places) } : {}),
    ...(standardErrors ? { standardErrors: pickAt(standardErrors, places) } : {}),
  }
}

/** The pairs as objects: for tests and small answers. */
export function pairsOf({ queries, keyIds, scores, dots, slacks }: PairColumns): HeavyPair[] {
  return Array.from(queries, (query, i) => ({
    query,
    keyId: keyIds[i],
    score: scores[i],
    dot: dots[i],
    slack: slacks[i],
  }))
}
