import type { HeavyPairSink, PairBatch, SinkBatch } from '@levattention/core/internal'
import { readHeavyPairs } from '@levattention/core/internal'
import * as fc from 'fast-check'

/** All that a file of heavy pairs holds, query by query. */
export interface HeavyCase {
  readonly n: number
  readonly rows: readonly {
    readonly keys: readonly number[]
    readonly scores: number[]
    readonly dots: number[]
  }[]
  readonly mass: readonly number[] | undefined
  readonly slack: readonly number[]
  readonly uncertified: readonly number[]
  /** Queries of each batch. */
  readonly cuts: readonly number[]
}

const double = fc.double({ noNaN: true, noDefaultInfinity: true })
/** Shares of one query: they sum to 1 at most. */
const row = (n: number) =>
  fc.uniqueArray(fc.nat(n - 1), { maxLength: 8 }).chain((keys) =>
    fc.record({
      keys: fc.constant(keys.toSorted((a, b) => a - b)),
      scores: fc.array(fc.double({ min: 0, max: 1 / Math.max(1, keys.length), noNaN: true }), {
        minLength: keys.length,
        maxLength: keys.length,
      }),
      dots: fc.array(double, { minLength: keys.length, maxLength: keys.length }),
    }),
  )

/** Cases with m from 0 to 12 queries, in batches of 0 to m. */
export const heavyCase: fc.Arbitrary<HeavyCase> = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.nat(12))
  .chain(([n, m]) => {
    const perQuery = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: m, maxLength: m })
    return fc.record({
      n: fc.constant(n),
      rows: fc.array(row(n), { minLength: m, maxLength: m }),
      mass: fc.option(perQuery, { nil: undefined }),
      slack: perQuery,
      uncertified: fc.subarray(Array.from({ length: m }, (_, i) => i)),
      cuts: fc.array(fc.nat(5), { maxLength: 6 }),
    })
  })

/** The case's batches, cut as it says, the last one to the end. */
export function* batchesOf(heavy: HeavyCase): Generator<SinkBatch> {
  const m = heavy.rows.length
  let start = 0
  for (const cut of [...heavy.cuts, m]) {
    const stop = Math.min(m, start + cut)
    yield batchOf(heavy, start, stop)
    start = stop
  }
}

function batchOf(heavy: HeavyCase, start: number, stop: number): SinkBatch {
  const rows = heavy.rows.slice(start, stop)
  const offsets = new Uint32Array(rows.length + 1)
  for (const [i, { keys }] of rows.entries()) offsets[i + 1] = offsets[i] + keys.length
  return {
    queryStart: start,
    queryCount: rows.length,
    offsets,
    keyIds: Float64Array.from(rows.flatMap(({ keys }) => keys)),
    scores: Float64Array.from(rows.flatMap(({ scores }) => scores)),
    dots: Float64Array.from(rows.flatMap(({ dots }) => dots)),
    ...(heavy.mass === undefined ? {} : { mass: Float64Array.from(heavy.mass.slice(start, stop)) }),
    slack: Float64Array.from(heavy.slack.slice(start, stop)),
    uncertified: Float64Array.from(heavy.uncertified.filter((query) => query >= start && query < stop)),
  }
}

export async function addAll(sink: HeavyPairSink, heavy: HeavyCase): Promise<void> {
  for (const batch of batchesOf(heavy)) await sink.add(batch)
}

/** [query, key, score, dot] of every pair. */
export function pairsOf(heavy: HeavyCase): number[][] {
  return heavy.rows.flatMap(({ keys, scores, dots }, query) =>
    keys.map((key, i) => [query, key, scores[i], dots[i]]),
  )
}

export function pairsIn(batches: Iterable<PairBatch>): number[][] {
  return Array.from(batches).flatMap(({ queryIds, keyIds, scores, dots }) =>
    Array.from(queryIds, (query, i) => [query, keyIds[i], scores[i], dots[i]]),
  )
}

/** All pairs in the file at `path`. */
export function readAll(path: string): number[][] {
  const reader = readHeavyPairs(path)
  try {
    return pairsIn(reader.batches())
  } finally {
    reader.close()
  }
}

/** One case that is the same in every run: empty queries, an undecided one, mass. */
export const fixedCase: HeavyCase = {
  n: 100,
  rows: [
    { keys: [], scores: [], dots: [] },
    { keys: [0, 12, 99], scores: [0.5, 0.25, 1e-300], dots: [-3.1, 2, 5e-324] },
    { keys: [], scores: [], dots: [] },
    { keys: [7], scores: [1], dots: [-1e300] },
    { keys: [], scores: [], dots: [] },
  ],
  mass: [0, 0.875, 0, 1, Number.NaN],
  slack: [0, 1e-12, 0, 2e-12, 0],
  uncertified: [2],
  cuts: [1, 0, 2],
}
