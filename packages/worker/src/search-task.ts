import { answerRows, type QueryBlock, type SearchAnswer } from '@levattention/core/internal'
import type { SearchRequest } from './protocol.ts'
import type { TaskContext } from './task-context.ts'

/** Answers the queries of a request by the search that its universal set needs. Throws Content at a NaN or infinity. */
export function searchTask(
  { source, range, standing, universal, epsilon, scores, settleOnly }: SearchRequest,
  context: TaskContext,
): SearchAnswer {
  const queries = context.open(source)
  const stand = standing && { ...standing, keys: context.open(standing.keys) }
  const search = context.search(universal, { epsilon, scores })
  const ask = (block: QueryBlock) => (settleOnly ? search.settle(block) : search.pairs(block))
  return answerRows(ask, queries, range, stand)
}
