import {
  type HeavyBatch,
  type HeavyPair,
  heavyBatchOf,
  type MatrixSource,
  NO_MASK,
  type RowRange,
  type ScoreEnds,
  type ScoresMode,
  type SearchAnswer,
  type UniversalSet,
  withoutQueries,
} from '@levattention/core/internal'
import { planKeys } from '../plan/plan.ts'
import { type BatchSearch, batchSearch, type HeavyOptions, scoresModeOf } from './batch-search.ts'
import { type ExactDecision, decideExactly } from './exact.ts'
import { recordedBatches } from './recorded-batches.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { SearchedBatch } from '../tasks/answer-store.ts'

/** Queries that one round of exact passes decides at most: bounds what waits for their batches. */
const EXACT_QUERIES_A_ROUND = 4096

/** The heavy pairs of every query, a batch at a time, in order (theory.md sections 4, 5, 6, 8). */
export async function* findHeavyPairs(
  universal: UniversalSet,
  queries: MatrixSource,
  options: HeavyOptions,
  context: RunContext,
): AsyncGenerator<HeavyBatch, void, void> {
  const { stats, onProgress, answers } = context
  const search = batchSearch(universal, queries, options, context)
  const total = search.batches.length
  const rowsTotal = queries.rows
  const searched = answers
    ? recordedBatches(search, answers, (from, to) => searchBatches(search, from, to))
    : searchBatches(search, 0, total)
  let done = 0
  for await (const { batch, queriesSettled, queriesExactPass } of searched) {
    stats.queriesSettled += queriesSettled
    stats.queriesExactPass += queriesExactPass
    yield batch
    done++
    onProgress?.({ stage: 'query', done, total, rowsDone: batch.queryStart + batch.queryCount, rowsTotal })
  }
}

/** Batches [from, to) of `search`. What is decided of a query depends on no other. */
export async function* searchBatches(
  search: BatchSearch,
  from: number,
  to: number,
): AsyncGenerator<SearchedBatch, void, void> {
  const { universal, options, context } = search
  const ends = endsOf(universal, scoresModeOf(options))
  const exact = new ExactRounds(search, to)
  let index = from
  for await (const answer of search.answers(from, to, false)) {
    context.stats.bytesRead += search.bytesOf(index)
    const decision = answer.uncertified.length > 0 ? await exact.decide(index) : undefined
    yield assemble(search.batches[index], answer, decision, ends)
    index++
  }
}

function endsOf({ gramFactor }: UniversalSet, scores: ScoresMode): ScoreEnds {
  if (gramFactor === undefined || scores === 'exact') return 'none'
  return scores === 'estimate' ? 'estimates' : 'ends'
}

/** Decides uncertified queries in rounds that look ahead over coming batches, so that few passes over the keys are made. */
class ExactRounds {
  readonly #search: BatchSearch
  readonly #end: number // batches from here on are not asked for
  #decidedBatches = 0
  #rounds = 0
  #decision: ExactDecision | undefined

  constructor(search: BatchSearch, end: number) {
    this.#search = search
    this.#end = end
  }

  /** The decision that covers batch `index`; undefined where the keys cannot be read again. */
  async decide(index: number): Promise<ExactDecision | undefined> {
    const { universal, queries, options } = this.#search
    const { keys, epsilon } = options
    if (!keys) return undefined
    if (index >= this.#decidedBatches) {
      const queryIds = await this.#lookAhead(index)
      const causal = universal.prefixes !== undefined
      const plan = planKeys(keys, epsilon, { ...options, causal })
      const mask = { ...(options.mask ?? NO_MASK), causal }
      const round = this.#contextOfRound(++this.#rounds)
      const work = { keys, queries, universal, epsilon, plan, mask }
      this.#decision = await decideExactly(work, queryIds, round)
    }
    return this.#decision
  }

  /** Where more than one round may come, progress tells which it is. */
  #contextOfRound(round: number): RunContext {
    const { context, queries } = this.#search
    const { onProgress } = context
    if (!onProgress || queries.rows <= EXACT_QUERIES_A_ROUND) return context
    return { ...context, onProgress: (progress) => onProgress({ ...progress, pass: round }) }
  }

  /** Uncertified query ids from batch `index` on, until a round is full. */
  async #lookAhead(index: number): Promise<number[]> {
    const queryIds: number[] = []
    let batch = index
    for await (const { uncertified } of this.#search.answers(index, this.#end, true)) {
      const { rowStart } = this.#search.batches[batch++]
      queryIds.push(...Array.from(uncertified, (query) => rowStart + query))
      if (queryIds.length >= EXACT_QUERIES_A_ROUND) break
    }
    this.#decidedBatches = batch
    return queryIds
  }
}

function assemble(
  { rowStart, rowEnd }: RowRange,
  answer: SearchAnswer,
  decision: ExactDecision | undefined,
  ends: ScoreEnds,
): SearchedBatch {
  // Pairs that are heavy for certain are told exactly where the keys are read for another of the query's.
  const again = new Set(decision ? answer.uncertified : [])
  const columns = ends !== 'none' && again.size > 0 ? withoutQueries(answer.pairs, again) : answer.pairs
  const others: HeavyPair[] = []
  const undefinedRows = Array.from(answer.undefinedRows, (query) => rowStart + query)
  const uncertified: number[] = []
  for (const query of answer.uncertified) {
    const decided = decision?.get(rowStart + query)
    if (!decided) uncertified.push(rowStart + query)
    else if (decided.undefined) undefinedRows.push(rowStart + query)
    else for (const pair of decided.pairs) others.push({ ...pair, query })
    if (decided) answer.mass[query] = decided.mass
  }
  undefinedRows.sort((a, b) => a - b)
  const remarks = { mass: answer.mass, draws: answer.draws, uncertified, undefinedRows }
  return {
    batch: heavyBatchOf(rowStart, rowEnd - rowStart, columns, others, remarks, ends),
    queriesSettled: rowEnd - rowStart - answer.uncertified.length,
    queriesExactPass: answer.uncertified.length - uncertified.length,
  }
}
