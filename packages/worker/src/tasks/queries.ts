import { answerRows, exactShard, type QueryBlock } from '@levattention/core/internal'
import type { MapTask } from '../map-task.ts'

export const searchTask: MapTask<'search'> = (
  { source, range, standing, universal, epsilon, scores, settleOnly },
  context,
) => {
  const queries = context.open(source)
  const stand = standing && { ...standing, keys: context.open(standing.keys) }
  const search = context.search(universal, { epsilon, scores })
  const ask = (block: QueryBlock) => (settleOnly ? search.settle(block) : search.pairs(block))
  return answerRows(ask, queries, range, stand)
}

export const exactTask: MapTask<'exact'> = ({ source, range, ...terms }, context) =>
  exactShard(context.open(source), range, context.kernels, terms)
