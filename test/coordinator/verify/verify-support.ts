import { type HeavyPairReader, openHeavySink, type PairBatch } from '@levattention/core/internal'
import { verifyFile } from '#coordinator/verify/verify'
import type { Difference } from '#coordinator/verify/verify-judge'
import { bruteForceHeavy, exactDot, row, type DenseMatrix, type HeavyPair } from '../../support/oracle.ts'
import { sourceOf, withContext } from '../jobs/support.ts'

export interface ListedPair extends HeavyPair {
  readonly dot: number
}

/** The oracle's pairs with their dots. */
export function oraclePairs(queries: DenseMatrix, keys: DenseMatrix, epsilon: number): ListedPair[] {
  return bruteForceHeavy(queries, keys, epsilon).pairs.map((pair) => ({
    ...pair,
    dot: exactDot(row(queries, pair.query), row(keys, pair.key)),
  }))
}

/** What a file of these pairs would read back as. `slack`: of every query, where the file states one. */
export function readerOf(
  pairs: readonly ListedPair[],
  claims: { n: number; m: number; meta?: HeavyPairReader['meta']; slack?: number; uncertified?: number[] },
): HeavyPairReader {
  const { n, m, meta, slack, uncertified } = claims
  const column = (pick: (pair: ListedPair) => number) => Float64Array.from(pairs, pick)
  const batch: PairBatch = {
    queryIds: column((pair) => pair.query),
    keyIds: column((pair) => pair.key),
    scores: column((pair) => pair.score),
    dots: column((pair) => pair.dot),
    lows: column((pair) => pair.score),
    highs: column((pair) => pair.score),
  }
  return {
    path: 'heavy.npz',
    format: 'npz',
    meta,
    shape: { n, m },
    hasIntervals: false,
    isEstimate: false,
    hasDots: true,
    pairCount: pairs.length,
    uncertified: uncertified === undefined ? undefined : Float64Array.from(uncertified),
    perQuery: (name, start, end) =>
      name === 'mass' || slack === undefined ? undefined : new Float64Array(end - start).fill(slack),
    *batches() {
      yield batch
    },
    close: () => undefined,
  }
}

/** What verify says of `pairs` as the heavy pairs of all queries. */
export async function differenceOf(
  queries: DenseMatrix,
  keys: DenseMatrix,
  epsilon: number,
  pairs: readonly ListedPair[],
  claims: { slack?: number; uncertified?: number[] } = {},
): Promise<Difference | undefined> {
  const reader = readerOf(pairs, { n: keys.rows, m: queries.rows, ...claims })
  const ids = Array.from({ length: queries.rows }, (_, i) => i)
  return await withContext(async (context) => {
    const { difference } = await verifyFile(
      reader,
      sourceOf(keys),
      sourceOf(queries),
      ids,
      { epsilon },
      context,
    )
    return difference
  })
}

/** Writes pairs as the product does. */
export async function writePairs(
  path: string,
  pairs: readonly ListedPair[],
  { n, m, epsilon }: { n: number; m: number; epsilon: number },
): Promise<string> {
  const offsets = new Uint32Array(m + 1)
  for (const { query } of pairs) offsets[query + 1]++
  for (let i = 0; i < m; i++) offsets[i + 1] += offsets[i]
  const sink = openHeavySink(path, { n, m })
  await sink.add({
    queryStart: 0,
    queryCount: m,
    offsets,
    keyIds: Float64Array.from(pairs, ({ key }) => key),
    scores: Float64Array.from(pairs, ({ score }) => score),
    dots: Float64Array.from(pairs, ({ dot }) => dot),
    slack: new Float64Array(m).fill(1e-12),
    uncertified: new Float64Array(0),
  })
  await sink.finish({ p: 2, epsilon, causal: false, sign: 'both' })
  return path
}
