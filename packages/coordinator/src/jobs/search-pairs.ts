import {
  type HeavyBatch,
  type HeavyPairSink,
  type MatrixSource,
  type UniversalSet,
} from '@levattention/core/internal'
import { findHeavyPairs, type HeavyOptions } from '../pipeline/heavy.ts'
import type { RunContext } from '../pipeline/run-context.ts'
import { keepPositive } from './sign.ts'

/** Which pairs are reported: all heavy ones, or those with q.k > 0. */
export type Sign = 'both' | 'positive'

export interface SearchOptions extends HeavyOptions {
  readonly sign: Sign
}

/** What a search found, counted. */
export interface SearchCounts {
  readonly pairs: number
  readonly undefinedRows: number
  readonly uncertifiedQueries: number
  /** Largest relative error bound of a reported score. */
  readonly scoreSlack: number
}

/** Finds every heavy pair of `queries` [m, d] and hands them to `sink`, which is still to be finished. */
export async function searchPairs(
  universal: UniversalSet,
  queries: MatrixSource,
  sink: HeavyPairSink,
  { sign, ...options }: SearchOptions,
  context: RunContext,
): Promise<SearchCounts> {
  // Shares inside U are known for p = 2 alone, where U is one for all queries, and not by sketches.
  const withMass = universal.p === 2 && universal.prefixes === undefined && !universal.factor.sketch
  return await collectPairs(
    findHeavyPairs(universal, queries, options, context),
    sink,
    sign,
    withMass,
    context,
  )
}

/** Hands `found` to `sink`, and counts. */
export async function collectPairs(
  batches: AsyncIterable<HeavyBatch>,
  sink: HeavyPairSink,
  sign: Sign,
  withMass: boolean,
  { stats }: RunContext,
): Promise<SearchCounts> {
  const otherSeconds = () => (stats.seconds.get('write') ?? 0) + (stats.seconds.get('exact') ?? 0)
  const before = { ms: performance.now(), otherSeconds: otherSeconds() }
  let undefinedRows = 0
  let uncertifiedQueries = 0
  let scoreSlack = 0
  for await (const found of batches) {
    const batch: HeavyBatch = sign === 'positive' ? keepPositive(found) : found
    const { mass, ...rest } = batch
    await stats.time('write', () => sink.add(withMass ? { ...rest, mass } : rest))
    undefinedRows += batch.undefinedRows.length
    uncertifiedQueries += batch.uncertified.length
    scoreSlack = Math.max(scoreSlack, largestOf(batch.slack))
  }
  // What is left of the loop's time when writing and exact passes are taken off.
  const seconds = (performance.now() - before.ms) / 1000 - (otherSeconds() - before.otherSeconds)
  stats.seconds.set('query', (stats.seconds.get('query') ?? 0) + seconds)
  return { pairs: sink.pairCount, undefinedRows, uncertifiedQueries, scoreSlack }
}

function largestOf(values: Float64Array): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) if (values[i] > largest) largest = values[i]
  return largest
}

/** Counts pairs and keeps none: for a summary alone. */
export function countingSink(): HeavyPairSink {
  let pairCount = 0
  return {
    get pairCount() {
      return pairCount
    },
    add(batch) {
      pairCount += batch.keyIds.length
      return Promise.resolve()
    },
    seal: () => Promise.resolve([]),
    finish: () => Promise.resolve(),
    abort: () => undefined,
  }
}
