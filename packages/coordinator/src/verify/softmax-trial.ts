import { setImmediate as nextTurn } from 'node:timers/promises'
import type { HeavyPairReader, MatrixSource } from '@levattention/core/internal'
import type { SoftmaxProblem } from '../problem/softmax-problem.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { isAsked, makeSoftmaxGroup, type SoftmaxGroup } from './softmax-group.ts'
import { judgeSoftmax } from './softmax-judge.ts'
import { type SoftmaxAnswer, softmaxAnswersOf } from './softmax-sums.ts'
import { FactsCursor } from './verify-facts.ts'
import type { FileCursor } from './verify-group.ts'
import { type Difference, noSuchKey } from './verify-judge.ts'
import { mostPairs, PairCursor } from './verify-pairs.ts'

const GROUP_QUERIES = 128
/** Pairs of a group that are held. */
const GROUP_PAIRS = 1e6
/** A file of softmax pairs is believed no larger slack by far. */
const ROOM = 1e-2

/** A file and what it claims to answer. */
export interface SoftmaxInputs {
  readonly reader: HeavyPairReader
  readonly problem: SoftmaxProblem<MatrixSource, MatrixSource>
}

export interface SoftmaxTrial {
  /** Queries and pairs that were tried, up to the first difference. */
  readonly queriesVerified: number
  readonly pairs: number
  /** Of the queries that were asked for: those that see nothing. */
  readonly emptyRows: number
  /** Queries whose logits are too large for float64: nothing is said of them. */
  readonly queriesBeyondRange: number
  readonly difference?: Difference
}

/** Tries `queryIds` (ascending) by brute force; the first difference ends it. */
export async function trySoftmax(
  inputs: SoftmaxInputs,
  queryIds: ArrayLike<number>,
  context: RunContext,
): Promise<SoftmaxTrial> {
  return await context.stats.time('query', () => tried(inputs, queryIds, context))
}

async function tried(
  { reader, problem }: SoftmaxInputs,
  queryIds: ArrayLike<number>,
  context: RunContext,
): Promise<SoftmaxTrial> {
  const most = pairsOfQuery(problem)
  const cursor = { pairs: new PairCursor(reader, most, context.signal), facts: new FactsCursor(reader) }
  const size = Math.max(1, Math.min(GROUP_QUERIES, Math.floor(GROUP_PAIRS / most)))
  const groups = {
    count: Math.ceil(queryIds.length / size),
    each: makeGroups(problem, queryIds, size, cursor),
  }
  let counts = { queriesVerified: 0, pairs: 0, emptyRows: 0, queriesBeyondRange: 0 }
  for await (const answer of softmaxAnswersOf(problem, groups, context)) {
    counts = added(counts, answer, problem)
    const [difference] = judgeSoftmax(answer, problem)
    if (difference !== undefined) return { ...counts, difference }
  }
  const beyond = await cursor.pairs.drain(problem.queryCount)
  return { ...counts, ...(beyond === undefined ? {} : { difference: noSuchKey(beyond) }) }
}

function pairsOfQuery({ epsilon, top = Infinity, keys }: SoftmaxProblem): number {
  const heavy = epsilon === undefined ? Infinity : mostPairs(epsilon, ROOM)
  return Math.max(1, Math.min(top, heavy, keys.rows))
}

function added(
  { queriesVerified, pairs, emptyRows, queriesBeyondRange }: Omit<SoftmaxTrial, 'difference'>,
  { group, sum, bounds, lse }: SoftmaxAnswer,
  { visibility }: SoftmaxProblem,
): Omit<SoftmaxTrial, 'difference'> {
  const known = bounds.filter(({ isKnown }) => isKnown).length
  const isEmpty = (id: number, q: number) => isAsked(visibility, id) && lse[q] === -Infinity
  return {
    queriesVerified: queriesVerified + known,
    pairs: pairs + [...sum.listed.queries].filter((query) => bounds[query].isKnown).length,
    emptyRows: emptyRows + group.ids.filter(isEmpty).length,
    queriesBeyondRange: queriesBeyondRange + group.ids.length - known,
  }
}

async function* makeGroups(
  { queries, keys, visibility }: SoftmaxInputs['problem'],
  queryIds: ArrayLike<number>,
  size: number,
  cursor: FileCursor,
): AsyncGenerator<SoftmaxGroup, void, void> {
  for (let start = 0; start < queryIds.length; start += size) {
    const count = Math.min(size, queryIds.length - start)
    const ids = Array.from({ length: count }, (_, i) => queryIds[start + i])
    // Several are made one behind the other.
    await nextTurn()
    yield await makeSoftmaxGroup(queries, ids, cursor, keys.rows, visibility)
  }
}
