/** Which keys a rule keeps: one fixed set a key head, within each segment, from unmasked keys alone. */
import { exactDot, exactSum, leverageOracle, row, type DenseMatrix } from '../oracle.ts'
import { positionOf, rowsOf, segmentsOf, visibleKeys, type OracleVisibility } from './head.ts'
import { meanOf, representativesOf } from './kmeans.ts'
import { drawSorted, uniformDraw } from './philox.ts'
import { descending, logitsOf, sharesOf } from './weights.ts'

export type OracleRule =
  | 'leverage'
  | 'norm-max'
  | 'norm-min'
  | 'random'
  | 'query-moments'
  | 'sampled-queries'
  | 'accumulated'
  | 'kmeans'

export interface OracleFixedSet {
  readonly full?: boolean
  readonly none?: boolean
  /** Row ids; -1 is skipped. */
  readonly ids?: ArrayLike<number>
  /** [n]. */
  readonly scores?: ArrayLike<number>
  readonly rule?: OracleRule
  readonly keep?: number
  /** With leverage, in place of `keep`. */
  readonly epsilon?: number
  readonly seed?: number
}

/** A query that a rule reads, and the keys that it sees. */
export interface ReadQuery {
  readonly query: Float64Array
  readonly position: number
  readonly seen: readonly number[]
}

const SAMPLED_QUERIES = 32
/** A leverage equal to epsilon is in: the oracle's own error is a relative 1e-12 at most on what it is used for. */
const AT_THRESHOLD = 1 - 1e-10

/** The queries of a matrix that see a key. */
export function readQueries(
  queries: DenseMatrix,
  visibility: OracleVisibility,
  keyCount: number,
): ReadQuery[] {
  return rowsOf(queries)
    .map((query, i) => ({
      query,
      position: positionOf(visibility, i),
      seen: visibleKeys(visibility, i, keyCount),
    }))
    .filter(({ seen }) => seen.length > 0)
}

/** Row ids, ascending. `read`: queries of all heads of the key head's group, head by head; `draw`: which set of `random`. */
export function fixedSet(
  set: OracleFixedSet,
  keys: DenseMatrix,
  read: readonly ReadQuery[],
  visibility: OracleVisibility,
  scale?: number,
  draw = 0,
): number[] {
  const segments = segmentsOf(visibility, keys.rows)
  const all = segments.flatMap(([, , ids]) => ids)
  if (set.none === true) return []
  if (set.full === true) return all
  if (set.ids !== undefined) {
    const given = new Set(Array.from(set.ids))
    return all.filter((id) => given.has(id))
  }
  const kept = segments.flatMap(([start, end, ids]) => {
    const inside = ({ position }: ReadQuery) =>
      visibility.segment === undefined || (position >= start && position < end)
    return pick(set, keys, ids, read.filter(inside), scale, draw)
  })
  return kept.sort((a, b) => a - b)
}

function pick(
  set: OracleFixedSet,
  keys: DenseMatrix,
  ids: readonly number[],
  read: readonly ReadQuery[],
  scale: number | undefined,
  draw: number,
): number[] {
  const { rule, keep = 0, epsilon, scores, seed = 1 } = set
  const points = ids.map((id) => row(keys, id))
  if (epsilon !== undefined) {
    const tau = leverageOf(points, keys.cols)
    return ids.filter((_, at) => tau[at] >= epsilon * AT_THRESHOLD)
  }
  if (rule === 'kmeans') return representativesOf(points, keep, seed).map((at) => ids[at])
  const ranked = scores === undefined ? ruleScores() : ids.map((id) => scores[id])
  return descending(ranked)
    .slice(0, keep)
    .map((at) => ids[at])

  function ruleScores(): ArrayLike<number> {
    if (rule === 'leverage') return leverageOf(points, keys.cols).map((tau) => Math.round(tau * 1e9))
    if (rule === 'norm-max') return points.map((x) => exactDot(x, x))
    if (rule === 'norm-min') return points.map((x) => -exactDot(x, x))
    if (rule === 'random') return ids.map((id) => uniformDraw(seed, 'selectionRandom', id, draw))
    if (rule === 'query-moments') return momentScores(points, read, scale ?? 1 / Math.sqrt(keys.cols))
    const count = Math.min(SAMPLED_QUERIES, read.length)
    const sampled = rule === 'sampled-queries'
    const summed = sampled
      ? drawSorted(count, read.length, seed, 'selectionQueries').map((at) => read[at])
      : read
    return attentionSums(keys, ids, summed, scale)
  }
}

function leverageOf(points: readonly Float64Array[], cols: number): Float64Array {
  if (points.every((x) => x.every((value) => value === 0))) return new Float64Array(points.length)
  const data = Float64Array.from(points.flatMap((x) => [...x]))
  return leverageOracle({ rows: points.length, cols, data }).leverage
}

/** mu.k + k^T Sigma k / 2 of scale q; Sigma is divided by the count. */
function momentScores(points: readonly Float64Array[], read: readonly ReadQuery[], scale: number): number[] {
  const scaled = read.map(({ query }) => query.map((x) => scale * x))
  const mean = meanOf(scaled)
  if (mean === undefined) return points.map(() => 0)
  const centred = scaled.map((q) => q.map((x, a) => x - mean[a]))
  return points.map((key) => {
    const spread = exactSum(Float64Array.from(centred, (q) => exactDot(q, key) ** 2))
    return exactDot(mean, key) + spread / (2 * read.length)
  })
}

/** sum_i A_ij over `read`, of the keys `ids`. */
function attentionSums(
  keys: DenseMatrix,
  ids: readonly number[],
  read: readonly ReadQuery[],
  scale: number | undefined,
): Float64Array {
  const sums = new Float64Array(keys.rows)
  for (const { query, seen } of read) {
    const { shares } = sharesOf(logitsOf(query, keys, seen, scale === undefined ? {} : { scale }))
    seen.forEach((id, at) => (sums[id] += shares[at]))
  }
  return Float64Array.from(ids, (id) => sums[id])
}
