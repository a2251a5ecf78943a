import {
  cutRows,
  type FourthMoments,
  LevError,
  type MatrixSource,
  type PrefixTable,
  type RowRange,
  type ScoresMode,
  type UniversalSet,
  optionText,
  type SearchAnswer,
  rowBytes,
  rowsIn,
  type AttentionMask,
  NO_MASK,
} from '@levattention/core/internal'
import { type Broadcast, SEARCH, type SearchRequest } from '@levattention/worker/internal'
import { drawEstimate } from '../keys/estimate-draws.ts'
import { sumFourthMoments } from '../keys/fourth-moments.ts'
import type { EstimateChoice } from '../problem/estimate-options.ts'
import { usesFourthMoments } from '../plan/moments.ts'
import { planCausalQueries, type PlanOptions, planQueries } from '../plan/plan.ts'
import { mapInOrder } from '../tasks/map-in-order.ts'
import { taskSource } from '../tasks/row-work.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { sharedByTurns, toSharedMemory } from '../tasks/shared-memory.ts'

export interface HeavyOptions extends PlanOptions {
  readonly epsilon: number
  /** The keys, where they can be read again: queries that the certificate does not cover are then decided exactly. */
  readonly keys?: MatrixSource | undefined
  /** p other than 2: whether scores are computed from all keys or told as certified intervals. Default: exact. */
  readonly scores?: ScoresMode | undefined
  /** With scores estimate: by which draws. */
  readonly estimate?: EstimateChoice | undefined
  /** p = 4: whether exact scores come from the keys' fourth moments. Default: where that pays (usesFourthMoments). */
  readonly moments?: boolean | undefined
  /** Where queries stand and what they see; a causal set makes it causal. Default: all keys. */
  readonly mask?: AttentionMask | undefined
}

/** The search of all queries, batch by batch. */
export interface BatchSearch {
  readonly universal: UniversalSet
  readonly queries: MatrixSource
  readonly options: HeavyOptions
  readonly context: RunContext
  readonly batches: readonly RowRange[]
  /** Bytes of queries and keys that the search of a batch reads. */
  bytesOf(index: number): number
  /** The answers of batches [from, to), in order; `settleOnly`: only which queries are uncertified. */
  answers(from: number, to: number, settleOnly: boolean): AsyncGenerator<SearchAnswer, void, void>
}

/** A batch, and where its queries stand among the keys of which its search reads `keyRows`. */
interface PlannedBatch extends Pick<SearchRequest, 'range' | 'standing'> {
  readonly keyRows: number
}

/** The search of `queries` in batches: U and its factor are all that is needed, and for causal ones the keys around each. */
export function batchSearch(
  universal: UniversalSet,
  queries: MatrixSource,
  options: HeavyOptions,
  context: RunContext,
): BatchSearch {
  const { prefixes } = universal
  const planned = prefixes
    ? causalBatches(prefixes, queries, options, context)
    : planQueries(queries.rows, options).map((range) => ({ range, standing: undefined, keyRows: 0 }))
  const common = { epsilon: options.epsilon, scores: scoresModeOf(options) }
  let shared: Promise<Broadcast<UniversalSet>> | undefined
  return {
    universal,
    queries,
    options,
    context,
    batches: planned.map(({ range }) => range),
    bytesOf: (index) => {
      const { range, keyRows } = planned[index]
      return rowBytes(queries) * rowsIn(range) + (options.keys ? rowBytes(options.keys) * keyRows : 0)
    },
    async *answers(from, to, settleOnly) {
      // Draws are made once something is searched, and once.
      shared ??= searchedSet(universal, queries.rows, options, context).then((set) =>
        share(set, context.signal),
      )
      const found = await shared
      const requests = planned.slice(from, to).map(({ range, standing }) => ({
        ...common,
        universal: found,
        source: taskSource(queries, context.answers?.content('queries', range)),
        range,
        standing,
        settleOnly,
      }))
      yield* mapInOrder(context.engine, SEARCH, requests, context.signal)
    },
  }
}

/** The set, and what gives the row sums of `queryCount` queries: draws where they are estimated, p = 4 the keys' fourth moments. */
async function searchedSet(
  universal: UniversalSet,
  queryCount: number,
  options: HeavyOptions,
  context: RunContext,
): Promise<UniversalSet> {
  const { keys, estimate } = options
  if (!keys) return universal
  if (!estimate)
    return { ...universal, moments: await momentsOf(universal, keys, queryCount, options, context) }
  const { delta, seed } = estimate
  const draws = await drawEstimate(universal, { keys, seed }, options, context)
  return { ...universal, estimate: { draws, delta, queryCount } }
}

async function momentsOf(
  universal: UniversalSet,
  keys: MatrixSource,
  queryCount: number,
  options: HeavyOptions,
  context: RunContext,
): Promise<FourthMoments | undefined> {
  const { p, prefixes } = universal
  const { scores } = options
  const pays = usesFourthMoments(keys, { p, scores, causal: prefixes !== undefined, queryCount })
  if (!(options.moments ?? pays)) return undefined
  return await sumFourthMoments(universal, keys, options, context)
}

/** Causal: each batch stands in one shard of the keys, goes on from that shard's prefix, and reads the shard's keys. */
function causalBatches(
  { grams, shardRows }: PrefixTable,
  queries: MatrixSource,
  options: HeavyOptions,
  { answers: kept }: RunContext,
): PlannedBatch[] {
  const { keys, mask = NO_MASK } = options
  if (!keys) {
    const message = `a causal search reads the keys around each query: give them as ${optionText('keys')}`
    throw new LevError('Option', message, { option: 'keys' })
  }
  const shards = cutRows(keys.rows, shardRows)
  const prefixes = toSharedMemory(grams)
  const placed = planCausalQueries(queries.rows, mask.queryStart, shards, options)
  return placed.map(({ range, shardIndex, position }) => {
    const shard = shards[shardIndex]
    return {
      range,
      standing: {
        position,
        keys: taskSource(keys, kept?.content('keys', shard)),
        shard,
        prefix: prefixes[shardIndex],
      },
      keyRows: position + rowsIn(range) - shard.rowStart,
    }
  })
}

/** Without keys there are no exact scores to be had. */
export function scoresModeOf({ scores = 'exact', keys }: HeavyOptions): ScoresMode {
  return keys ? scores : 'interval'
}

let broadcasts = 0

/** Without its table of prefixes: a task gets that of its own shard. */
async function share(
  { prefixes, ...universal }: UniversalSet,
  signal: AbortSignal | undefined,
): Promise<Broadcast<UniversalSet>> {
  const isCausal = prefixes ? { prefixes: { ...prefixes, grams: [] } } : {}
  return { id: `U${++broadcasts}`, value: await sharedByTurns({ ...universal, ...isCausal }, signal) }
}
