import { joinRankedPairs, noRankedPairs, type RankedPairs } from '@levattention/core/internal'

/**
 * The heavy pairs of a batch of queries as CSR, largest score first: those of query i are at offsets[i] .. offsets[i+1] of
 * rowIds, scores and dots. Query numbers count from the batch's first query.
 */
export interface SessionAnswer extends RankedPairs {
  /** Every heavy pair of every query is here: `cut`, `uncertified` and `unanswered` are empty. */
  readonly complete: boolean
  /** Queries that the time limit left without an answer. */
  readonly unanswered: Uint32Array
}

/** One answer of the parts of a batch; where a part is undefined, its queries, `partRows` or what is left, are unanswered. */
export function sessionAnswer(
  parts: readonly (RankedPairs | undefined)[],
  queryCount: number,
  partRows: number,
): SessionAnswer {
  const unanswered: number[] = []
  const known = parts.map((part, index) => {
    if (part) return part
    const rowStart = index * partRows
    const rowEnd = Math.min(queryCount, rowStart + partRows) // exclusive
    for (let query = rowStart; query < rowEnd; query++) unanswered.push(query)
    return noRankedPairs(rowEnd - rowStart)
  })
  const pairs = known.length === 0 ? noRankedPairs(0) : joinRankedPairs(known)
  const complete = pairs.cut.length === 0 && pairs.uncertified.length === 0 && unanswered.length === 0
  return { ...pairs, complete, unanswered: Uint32Array.from(unanswered) }
}
