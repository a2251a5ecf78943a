import type { HeavyPairReader, MatrixSource } from '@levattention/core/internal'
import type { DotPrecision } from '@levattention/worker'
import type { RunContext } from '../pipeline/run-context.ts'
import { type ColumnScale, makeGroup, type QueryGroup } from './verify-group.ts'
import { type Claims, type Difference, judge, noSuchKey } from './verify-judge.ts'
import { PairCursor } from './verify-pairs.ts'
import { columnScaleOf, type GroupAnswer, groupAnswers, type QueryGroups } from './verify-sums.ts'

const GROUP_QUERIES = 128
/** Heavy pairs of a group are at most its queries / epsilon; this many are held. */
const GROUP_PAIRS = 4e6
const PRECISIONS: readonly DotPrecision[] = ['plain', 'compensated', 'exact']

/** What a file is tried against. */
export interface TrialInputs {
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
  readonly difference?: Difference
}

/**
 * Tries `queryIds` (ascending) by brute force: with plain dots first, then those for which plain dots are not enough
 * with compensated and at last with exact ones. The first difference ends it.
 */
export async function tryQueries(
  inputs: TrialInputs,
  queryIds: ArrayLike<number>,
  context: RunContext,
): Promise<TrialResult> {
  const scale = await context.stats.time('plan', () => columnScaleOf(inputs.keys, context))
  const tally = { queriesVerified: 0, pairs: 0, undefinedRows: 0 }
  let pending = queryIds
  for (const precision of PRECISIONS) {
    // The first pass always runs, if only to read the file to its end.
    if (pending.length === 0 && precision !== 'plain') break
    const pass = await context.stats.time('query', () =>
      onePass(inputs, pending, scale, precision, tally, context),
    )
    if (pass.difference !== undefined) return { ...tally, difference: pass.difference }
    pending = pass.untrusted
  }
  return tally
}

type Tally = { -readonly [K in 'queriesVerified' | 'pairs' | 'undefinedRows']: number }

async function onePass(
  inputs: TrialInputs,
  queryIds: ArrayLike<number>,
  scale: ColumnScale,
  precision: DotPrecision,
  tally: Tally,
  context: RunContext,
): Promise<{ difference?: Difference | undefined; untrusted: number[] }> {
  const { reader, keys, queries, claims } = inputs
  const cursor = new PairCursor(reader)
  const groups = groupsOf(inputs, queryIds, scale, cursor)
  const untrusted: number[] = []
  for await (const answer of groupAnswers(keys, scale, groups, claims, precision, context)) {
    tallyUp(answer, tally, untrusted)
    const difference = judge(answer, claims).at(0)
    if (difference !== undefined) return { difference, untrusted }
  }
  const beyond = cursor.drain(queries.rows)
  return { difference: beyond === undefined ? undefined : noSuchKey(beyond), untrusted }
}

function groupsOf(
  inputs: TrialInputs,
  queryIds: ArrayLike<number>,
  scale: ColumnScale,
  cursor: PairCursor,
): QueryGroups {
  const size = Math.max(1, Math.min(GROUP_QUERIES, Math.floor(GROUP_PAIRS * inputs.claims.epsilon)))
  return {
    count: Math.ceil(queryIds.length / size),
    each: makeGroups(inputs, queryIds, size, scale, cursor),
  }
}

function* makeGroups(
  { queries, keys, claims }: TrialInputs,
  queryIds: ArrayLike<number>,
  size: number,
  scale: ColumnScale,
  cursor: PairCursor,
): Generator<QueryGroup> {
  for (let start = 0; start < queryIds.length; start += size) {
    const count = Math.min(size, queryIds.length - start)
    const ids = Array.from({ length: count }, (_, i) => queryIds[start + i])
    yield makeGroup(queries, ids, scale, cursor, keys.rows, claims.mask)
  }
}

/** Adds the queries that this pass decides; the others go to `untrusted`. */
function tallyUp({ group, trusted, rowSums, listed }: GroupAnswer, tally: Tally, untrusted: number[]): void {
  group.ids.forEach((id, q) => {
    if (!trusted[q]) {
      untrusted.push(id)
      return
    }
    tally.queriesVerified++
    if (rowSums[q] === 0) tally.undefinedRows++
  })
  for (const query of listed.queries) if (trusted[query]) tally.pairs++
}
