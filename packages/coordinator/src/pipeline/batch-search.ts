import {
  cutRows,
  LevError,
  type MatrixSource,
  type PrefixTable,
  rowCountOf,
  type RowRange,
  type ScoresMode,
  type UniversalSet,
  optionText,
} from '@levattention/core/internal'
import { type Broadcast, SEARCH, SEARCH_PREFIX, type SearchAnswer } from '@levattention/worker'
import { planCausalQueries, planQueries } from '../plan.ts'
import type { HeavyOptions } from './heavy.ts'
import { mapInOrder } from './map-in-order.ts'
import { rowBytes } from './row-bytes.ts'
import { taskSource } from './row-work.ts'
import type { RunContext } from './run-context.ts'
import { shareArrays } from './share.ts'

/** The search of all queries, batch by batch. */
export interface BatchSearch {
  readonly batches: readonly RowRange[]
  /** Bytes of queries and keys that the search of a batch reads. */
  bytesOf(index: number): number
  /** The answers of batches [from, to), in order; `settleOnly`: only which queries are unsettled. */
  answers(from: number, to: number, settleOnly: boolean): AsyncGenerator<SearchAnswer, void, void>
}

let broadcasts = 0

/** Every query sees every key: U and its factor are all that is needed. */
export function wholeSearch(
  universal: UniversalSet,
  queries: MatrixSource,
  options: HeavyOptions,
  { engine, signal, answers: kept }: RunContext,
): BatchSearch {
  const broadcast = share(universal)
  const batches = planQueries(queries.rows, options)
  const common = { universal: broadcast, epsilon: options.epsilon, scores: scoresOf(options) }
  const sourceOf = (range: RowRange) => taskSource(queries, kept?.content('queries', range))
  return {
    batches,
    bytesOf: (index) => rowBytes(queries) * rowCountOf([batches[index]]),
    answers: (from, to, settleOnly) => {
      const requests = batches
        .slice(from, to)
        .map((range) => ({ ...common, source: sourceOf(range), range, settleOnly }))
      return mapInOrder(engine, SEARCH, requests, signal)
    },
  }
}

/** Causal: each batch stands in one shard of the keys, goes on from that shard's prefix, and reads the shard's keys. */
export function causalSearch(
  universal: UniversalSet,
  { grams, shardRows }: PrefixTable,
  queries: MatrixSource,
  options: HeavyOptions,
  { engine, signal, answers: kept }: RunContext,
): BatchSearch {
  const { keys, epsilon, queryStart = 0 } = options
  if (!keys) {
    const message = `a causal search reads the keys around each query: give them as ${optionText('keys')}`
    throw new LevError('Option', message, { option: 'keys' })
  }
  // A task gets the prefix of its own shard.
  const broadcast = share({ ...universal, prefixes: undefined })
  const shards = cutRows(keys.rows, shardRows)
  const placed = planCausalQueries(queries.rows, queryStart, shards, options)
  const common = { universal: broadcast, epsilon }
  const prefixes = shareArrays(grams)
  return {
    batches: placed.map(({ range }) => range),
    bytesOf: (index) => {
      const { range, shardIndex, position } = placed[index]
      const queryCount = rowCountOf([range])
      const keyCount = position + queryCount - shards[shardIndex].rowStart
      return rowBytes(queries) * queryCount + rowBytes(keys) * keyCount
    },
    answers: (from, to, settleOnly) => {
      const requests = placed.slice(from, to).map(({ range, shardIndex, position }) => ({
        ...common,
        source: taskSource(queries, kept?.content('queries', range)),
        range,
        position,
        keys: taskSource(keys, kept?.content('keys', shards[shardIndex])),
        shard: shards[shardIndex],
        prefix: prefixes[shardIndex],
        settleOnly,
      }))
      return mapInOrder(engine, SEARCH_PREFIX, requests, signal)
    },
  }
}

/** Without keys there are no exact scores to be had. */
export function scoresOf({ scores = 'exact', keys }: HeavyOptions): ScoresMode {
  return keys ? scores : 'interval'
}

function share(universal: UniversalSet): Broadcast<UniversalSet> {
  return { id: `U${++broadcasts}`, value: shareArrays(universal) }
}
