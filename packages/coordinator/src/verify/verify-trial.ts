import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type DotPrecision,
  type HeavyPairReader,
  isSeen,
  type MatrixSource,
} from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import { FactsCursor } from './verify-facts.ts'
import { type ColumnScale, type FileCursor, makeGroup, type QueryGroup } from './verify-group.ts'
import { type Claims, type Difference, judge, noSuchKey } from './verify-judge.ts'
import { LARGEST_SLACK } from './verify-bounds.ts'
import { mostPairs, PairCursor } from './verify-pairs.ts'
import { liftOf } from './verify-row-errors.ts'
import { columnScaleOf, type GroupAnswer, groupAnswers, type QueryGroups } from './verify-sums.ts'

const GROUP_QUERIES = 128
/** Heavy pairs of a group are at most its queries / epsilon; this many are held. */
const GROUP_PAIRS = 4e6
const PRECISIONS: readonly DotPrecision[] = ['float64', 'compensated', 'exact']

/** What a file is tried against. */
interface TrialInputs {
  readonly reader: HeavyPairReader
  readonly keys: MatrixSource // [n, d]
  readonly queries: MatrixSource // [m, d]
  readonly claims: Claims
}

export interface TrialResult {
  /** Queries and pairs that were tried, up to the first difference. */
  readonly queriesVerified: number
  readonly pairs: number
  readonly undefinedRows: number
  /** Queries that brute force cannot decide either: nothing is said of them. */
  readonly queriesBeyondRange: number
  /** Of the queries that the file lists as undecided: those tried, those that lack heavy pairs, and these pairs. */
  readonly uncertifiedQueries: number
  readonly uncertifiedLacking: number
  readonly uncertifiedMissed: number
  readonly difference?: Difference
}

/**
 * Tries `queryIds` (ascending) by brute force: with plain dots first, then those for which plain dots are not enough
 * with compensated and at last with exact ones. The first difference ends it, but for pairs that are missed of queries that
 * the file lists as undecided: these are counted, and the first of them is the difference where there is no other.
 */
export async function tryQueries(
  inputs: TrialInputs,
  queryIds: ArrayLike<number>,
  context: RunContext,
): Promise<TrialResult> {
  const scale = await context.stats.time('plan', () => columnScaleOf(inputs.keys, context))
  const { spec } = inputs.queries
  const tally = new Tally((queryId) => !isSeen(spec, queryId))
  let pending = queryIds
  for (const precision of PRECISIONS) {
    // The first pass always runs, if only to read the file to its end.
    if (pending.length === 0 && precision !== 'float64') break
    const pass = await context.stats.time('query', () =>
      onePass(inputs, pending, scale, precision, tally, context),
    )
    if (pass.difference !== undefined) return { ...tally.counts, difference: pass.difference }
    pending = pass.again
  }
  return { ...tally.counts, ...(tally.firstMissed === undefined ? {} : { difference: tally.firstMissed }) }
}

/** What has been tried so far. */
class Tally {
  readonly #isHidden: (queryId: number) => boolean

  /** `isHidden`: queries that take no part, whose rows are zeros. */
  constructor(isHidden: (queryId: number) => boolean) {
    this.#isHidden = isHidden
  }

  readonly counts = {
    queriesVerified: 0,
    pairs: 0,
    undefinedRows: 0,
    queriesBeyondRange: 0,
    uncertifiedQueries: 0,
    uncertifiedLacking: 0,
    uncertifiedMissed: 0,
  }
  /** The first missed pair of a query that the file lists as undecided. */
  firstMissed: Difference | undefined

  /** Adds the queries that a pass decides; the others go to `again`. */
  add({ group, states, rowSums, listed }: GroupAnswer, missed: readonly Difference[], again: number[]): void {
    const { counts } = this
    group.ids.forEach((id, q) => {
      if (states[q] === 'again') {
        again.push(id)
        return
      }
      if (group.stated[q].isUncertified) counts.uncertifiedQueries++
      if (states[q] === 'beyond') counts.queriesBeyondRange++
      else counts.queriesVerified++
      if (states[q] === 'known' && rowSums.sums[q] === 0 && !this.#isHidden(id)) counts.undefinedRows++
    })
    for (const query of listed.queries) if (states[query] === 'known') counts.pairs++
    counts.uncertifiedMissed += missed.length
    counts.uncertifiedLacking += new Set(missed.map(({ query }) => query)).size
    const [first] = missed
    if (first !== undefined && !(this.firstMissed && this.firstMissed.query < first.query))
      this.firstMissed = first
  }
}

async function onePass(
  inputs: TrialInputs,
  queryIds: ArrayLike<number>,
  scale: ColumnScale,
  precision: DotPrecision,
  tally: Tally,
  context: RunContext,
): Promise<{ difference?: Difference | undefined; again: number[] }> {
  const { reader, keys, queries, claims } = inputs
  const cursor = {
    pairs: new PairCursor(reader, mostPairs(claims.epsilon, LARGEST_SLACK), context.signal),
    facts: new FactsCursor(reader),
  }
  const groups = groupsOf(inputs, queryIds, scale, liftOf(precision), cursor)
  const again: number[] = []
  for await (const answer of groupAnswers(keys, scale, groups, claims, precision, context)) {
    const { differences, uncertified } = judge(answer, claims)
    tally.add(answer, uncertified, again)
    if (differences.length > 0) return { difference: differences[0], again }
  }
  const beyond = await cursor.pairs.drain(queries.rows)
  return { difference: beyond === undefined ? undefined : noSuchKey(beyond), again }
}

function groupsOf(
  inputs: TrialInputs,
  queryIds: ArrayLike<number>,
  scale: ColumnScale,
  lift: number,
  cursor: FileCursor,
): QueryGroups {
  const size = Math.max(1, Math.min(GROUP_QUERIES, Math.floor(GROUP_PAIRS * inputs.claims.epsilon)))
  return {
    count: Math.ceil(queryIds.length / size),
    each: makeGroups(inputs, queryIds, size, scale, lift, cursor),
  }
}

async function* makeGroups(
  { queries, keys, claims }: TrialInputs,
  queryIds: ArrayLike<number>,
  size: number,
  scale: ColumnScale,
  lift: number,
  cursor: FileCursor,
): AsyncGenerator<QueryGroup, void, void> {
  for (let start = 0; start < queryIds.length; start += size) {
    const count = Math.min(size, queryIds.length - start)
    const ids = Array.from({ length: count }, (_, i) => queryIds[start + i])
    // Several are made one behind the other.
    await nextTurn()
    yield await makeGroup(queries, ids, scale, lift, cursor, keys.rows, claims.mask)
  }
}
