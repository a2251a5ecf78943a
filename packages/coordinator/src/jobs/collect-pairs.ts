import type { HeavyBatch, HeavyPairSink } from '@levattention/core/internal'
import type { RunContext } from '../pipeline/run-context.ts'
import type { Sign } from '../problem/attention-problem.ts'
import { keepPositive } from './sign.ts'

/** What a search found, counted. */
export interface SearchCounts {
  readonly pairs: number
  readonly undefinedRows: number
  readonly uncertifiedQueries: number
  /** Largest relative error bound of a reported score. */
  readonly scoreSlack: number
}

/** Hands `batches` to `sink`, which is still to be finished, and counts. */
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
