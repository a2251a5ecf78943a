// A file of softmax pairs against dense float64 attention of its inputs, a query at a time: plain loops, and what a query sees by the
// oracle's definition.
import { expect } from 'vitest'
import { type HeavyArrays, heavyArrays } from '../../core/pairs/crafted-heavy.ts'
import type { DenseMatrix } from '../../support/oracle.ts'
import { visibleKeys } from '../../support/softmax/head.ts'
import type { SoftmaxPairOptions } from '../../support/softmax-oracle.ts'

export interface Dense {
  readonly keys: DenseMatrix
  readonly queries: DenseMatrix
  /** <q, k> [m, n]. */
  readonly dots: Float64Array
}

/** Float64 sums of up to a few thousand terms, twice. */
const OWN_ERROR = 1e-11

export function denseOf(keys: DenseMatrix, queries: DenseMatrix): Dense {
  const dots = new Float64Array(queries.rows * keys.rows)
  const dim = keys.cols
  for (let i = 0; i < queries.rows; i++) {
    for (let j = 0; j < keys.rows; j++) {
      let dot = 0
      for (let a = 0; a < dim; a++) dot += queries.data[i * dim + a] * keys.data[j * dim + a]
      dots[i * keys.rows + j] = dot
    }
  }
  return { keys, queries, dots }
}

/**
 * Expects of the .npz at `path`: every pair of epsilon is there, none below epsilon (1 - slack) or hidden, the largest `top`; scores
 * and lse within slack, slack within `mostSlack`. How many pairs it has.
 */
export function expectRight(
  path: string,
  dense: Dense,
  options: SoftmaxPairOptions,
  mostSlack: number,
): number {
  const file = heavyArrays(path)
  const worst = { missed: 0, low: 0, score: 0, dot: 0, lse: 0, hidden: 0 }
  for (let query = 0; query < dense.queries.rows; query++)
    for (const [name, size] of Object.entries(rowErrors(file, dense, options, query, mostSlack)) as [
      keyof typeof worst,
      number,
    ][])
      worst[name] = Math.max(worst[name], size)
  expect(worst).toEqual({ missed: 0, low: 0, score: 0, dot: 0, lse: 0, hidden: 0 })
  expect(Array.from(file.slack ?? [NaN]).reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(mostSlack)
  return file.data.length
}

/** By how much each promise is broken in the row of `query`. */
function rowErrors(
  file: HeavyArrays,
  { keys, dots }: Dense,
  options: SoftmaxPairOptions,
  query: number,
  mostSlack: number,
): Record<string, number> {
  const { scale = 1 / Math.sqrt(keys.cols), epsilon = 0, top = Infinity } = options
  const seen = visibleKeys(options, query, keys.rows)
  const dotsOf = (key: number) => dots[query * keys.rows + key]
  const largest = seen.reduce((max, key) => Math.max(max, scale * dotsOf(key)), -Infinity)
  const lse = largest + Math.log(seen.reduce((sum, key) => sum + Math.exp(scale * dotsOf(key) - largest), 0))
  const share = (key: number) => Math.exp(scale * dotsOf(key) - lse)
  const [start, end] = [file.indptr[query], file.indptr[query + 1]]
  const listed = Array.from(file.indices).slice(start, end)
  const present = new Set(listed)
  const least = leastOfTop(seen, dotsOf, top)
  const wanted = seen.filter((key) => share(key) >= epsilon * (1 + OWN_ERROR) && dotsOf(key) > least)
  const slack = file.slack?.[query] ?? NaN
  const isSeen = new Set(seen)
  const over = (off: number, allowed: number) => (off <= allowed ? 0 : off)
  let [score, dot, low] = [0, 0, 0]
  listed.forEach((key, at) => {
    const [own, found] = [share(key), file.data[start + at]]
    score = Math.max(score, over(Math.abs(found - own), (slack + OWN_ERROR) * own))
    dot = Math.max(
      dot,
      over(Math.abs(file.dots[start + at] - dotsOf(key)), 1e-12 * (1 + Math.abs(dotsOf(key)))),
    )
    const isLow =
      own < epsilon * (1 - slack) * (1 - OWN_ERROR) || dotsOf(key) < least - 1e-12 * Math.abs(least)
    if (isLow) low++
  })
  const stated = file.lse?.[query] ?? NaN
  return {
    missed: wanted.filter((key) => !present.has(key)).length,
    low: low + Math.max(0, listed.length - top),
    score,
    dot,
    lse: seen.length === 0 ? over(stated === -Infinity ? 0 : 1, 0) : over(Math.abs(stated - lse), mostSlack),
    hidden: listed.filter((key) => !isSeen.has(key)).length,
  }
}

/** The least of the `top` largest dots; what is as large may be among them. -Infinity where there are no more. */
function leastOfTop(seen: readonly number[], dotsOf: (key: number) => number, top: number): number {
  if (seen.length <= top) return -Infinity
  return Float64Array.from(seen, dotsOf).sort()[seen.length - top]
}
