// What a file of softmax pairs would read back as, and what verify says of it.
import type { HeavyPairReader, MatrixSource } from '@levattention/core/internal'
import { verifySoftmax } from '#coordinator/verify/softmax-verify'
import type { Difference } from '#coordinator/verify/verify-judge'
import { sourceOf } from '../../support/run-inline.ts'
import type { GoldenPairs, PairsCase } from '../../support/softmax/golden.ts'
import { keyHeadOf } from '../../support/softmax/head.ts'
import { visibilityOf } from '../../core/softmax/pairs-inline.ts'
import { withContext } from '../jobs/support.ts'
import { type ListedPair, readerOf } from './verify-support.ts'

type VerifyOptions = Parameters<typeof verifySoftmax>[4]

/** A file's pairs and what it says of each query. */
export interface SoftmaxFile {
  readonly pairs: readonly ListedPair[]
  /** [m]; absent of a file that tells none. */
  readonly lse?: Float64Array
  readonly slack?: Float64Array
}

/** One head of a golden case: inputs, options in the product's names, and its answer as a file. */
export interface Head {
  readonly keys: MatrixSource
  readonly queries: MatrixSource
  readonly options: VerifyOptions
  readonly file: SoftmaxFile
}

export function headOf(
  { heads, element, options }: PairsCase,
  answers: readonly GoldenPairs[],
  h: number,
): Head {
  const keys = sourceOf(heads.keys[keyHeadOf(h, heads)], element)
  const queries = sourceOf(heads.queries[h], element)
  const { scale, epsilon, top } = options
  const lse = new Float64Array(queries.rows).fill(NaN)
  lse.set(answers[h].lse, options.queryRows?.[0] ?? 0)
  const { causal, queryStart, ...seen } = visibilityOf(options)
  const isPlaced = causal || seen.segment !== undefined
  return {
    keys,
    queries,
    options: { ...seen, causal, queryStart: isPlaced ? queryStart : undefined, scale, epsilon, top },
    file: { pairs: answers[h].pairs, lse },
  }
}

/** What verify says of `file` as the pairs of all queries of `head`. */
export async function softmaxDifference(
  { keys, queries, options }: Head,
  { pairs, lse, slack }: SoftmaxFile,
  ids = Array.from({ length: queries.rows }, (_, i) => i),
): Promise<Difference | undefined> {
  const perQuery: HeavyPairReader['perQuery'] = (name, start, end) =>
    (name === 'lse' ? lse : name === 'slack' ? slack : undefined)?.slice(start, end)
  const reader = { ...readerOf(pairs, { n: keys.rows, m: queries.rows }), perQuery }
  return await withContext(async (context) => {
    const found = await verifySoftmax(reader, keys, queries, ids, options, context)
    return found.difference
  })
}
