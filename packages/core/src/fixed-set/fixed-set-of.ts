import { LevError } from '../errors/errors.ts'
import { rowView } from '../matrix/row-view.ts'
import { chooseLargest } from '../selection/choose.ts'
import { DEFAULT_SEED, type NamedSet } from '../selection/fixed-set.ts'
import {
  joinRows,
  readableRows,
  rowsStanding,
  sampledRows,
  type ReadRows,
} from '../selection/read-queries.ts'
import { requireFixedSet } from '../selection/require-fixed-set.ts'
import { type KeySegment, rangeOf, segmentsOf } from '../selection/segments.ts'
import type { Recipe } from './ask.ts'
import { attentionSums } from './attention.ts'
import { drawnSets } from './drawn.ts'
import { joined } from './joined.ts'
import { momentScores } from './moments.ts'
import { leverageOf } from './leverage.ts'
import { lengthsOf } from './norms.ts'
import { isOfSegments, nineDecimals } from './segment-set.ts'
import { chosenInEach } from './segment-sets.ts'
import { type KeyHead, keysOf } from './terms.ts'

type Ruled = Extract<NamedSet, { readonly keep: number }>

/** Row ids, ascending, of the keys that every query attends to. Throws Option, Content. */
export function* fixedSetOf(head: KeyHead, set: NamedSet): Recipe<Float64Array> {
  requireFixedSet(set, head.keys.rows)
  if ('none' in set) return new Float64Array(0)
  const segments = segmentsOf(head.visibility, head.keys.rows)
  if ('full' in set) return joined(segments.map(({ ids }) => ids))
  if ('ids' in set) {
    const given = new Set(Array.from(set.ids))
    return joined(segments.map(({ ids }) => ids.filter((id) => given.has(id))))
  }
  if (isOfSegments(set)) return yield* chosenInEach(head, segments, set)
  const [chosen] = yield* fixedSetsOf(head, set, [set.keep])
  return chosen
}

/** As `fixedSetOf`, for each of `keeps` in place of the set's; scores are found once for all. Throws Option, Content. */
export function* fixedSetsOf(head: KeyHead, set: Ruled, keeps: readonly number[]): Recipe<Float64Array[]> {
  for (const keep of keeps) requireFixedSet({ ...set, keep }, head.keys.rows)
  const segments = segmentsOf(head.visibility, head.keys.rows)
  if (isOfSegments(set) && !(set.rule === 'leverage' && segments.length === 1)) {
    const sets: Float64Array[] = []
    for (const keep of keeps) sets.push(yield* chosenInEach(head, segments, { ...set, keep }))
    return sets
  }
  if (isRandom(set)) return yield* drawnSets(head, segments, set.seed ?? DEFAULT_SEED, keeps)
  const scores = isOfSegments(set)
    ? yield* leverageOfOne(head, segments[0])
    : yield* scoresOf(head, segments, set)
  return keeps.map((keep) => joined(segments.map(({ ids }) => chooseLargest(scores, ids, keep))))
}

function isRandom(set: Ruled): set is Extract<Ruled, { readonly rule: unknown }> {
  return 'rule' in set && set.rule === 'random'
}

/** [n]: tau to 9 decimals of the keys of the one segment that there is. */
function* leverageOfOne(head: KeyHead, { keyRows }: KeySegment): Recipe<Float64Array> {
  const scores = new Float64Array(head.keys.rows)
  const tau = yield* leverageOf(rowView(keysOf(head), keyRows))
  scores.set(tau.map(nineDecimals), keyRows.rowStart)
  return scores
}

/** [n], of the keys that take part. */
function* scoresOf(head: KeyHead, segments: readonly KeySegment[], set: Ruled): Recipe<Float64Array> {
  if ('scores' in set) return scoresGiven(set.scores, segments)
  const { rule, seed = DEFAULT_SEED } = set
  if (rule === 'norm-max') return yield* lengthsOf(head, segments)
  if (rule === 'norm-min') return (yield* lengthsOf(head, segments)).map((length) => -length)
  const { keys, queries, visibility, evenQueries } = head
  const counts = queries.map(({ rows }) => rows)
  const rows = readableRows(counts, visibility, keys.rows, evenQueries)
  if (rule === 'query-moments') return yield* momentScores(head, rows, segments)
  const read = rule === 'sampled-queries' ? sampledIn(rows, head, segments, seed) : rows
  return yield* attentionSums(head, read, rangeOf(segments))
}

function scoresGiven(scores: ArrayLike<number>, segments: readonly KeySegment[]): Float64Array {
  for (const { ids } of segments) for (const id of ids) requireScore(scores[id], id)
  return Float64Array.from(scores)
}

function requireScore(score: number, id: number): void {
  if (Number.isNaN(score))
    throw new LevError(
      'Content',
      `scores: that of key ${id} is NaN; each key that takes part needs a number`,
      { row: id },
    )
}

/** The sample of each segment is its own; a query attends to keys of one segment alone. */
function sampledIn(
  rows: ReadRows,
  { visibility }: KeyHead,
  segments: readonly KeySegment[],
  seed: number,
): ReadRows {
  const samples = segments.map((segment) => sampledRows(rowsStanding(rows, visibility, segment), seed))
  return joinRows(samples, rows.length)
}
