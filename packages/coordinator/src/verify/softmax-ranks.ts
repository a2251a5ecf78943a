import { sees, type Visibility } from '@levattention/core/internal'
import type { SoftmaxAnswer } from './softmax-sums.ts'

/** The listed pairs and the candidates of one query by their logits, for a file of the `top` largest. */
export interface Ranks {
  /** How many visible keys the file lists, and the least of their logits. */
  readonly listedCount: number
  readonly leastListed: number
  /** The top-th largest logit of brute force; -Infinity where there are not so many. */
  readonly topLogit: number
}

/** Ranks of each query of `answer` [ids]. */
export function ranksOf(
  { group, sum }: SoftmaxAnswer,
  visibility: Visibility,
  scale: number,
  top: number,
): Ranks[] {
  const found: number[][] = group.ids.map(() => [])
  const listed: number[][] = group.ids.map(() => [])
  sum.candidates.queries.forEach((query, i) => found[query].push(sum.candidates.logits[i]))
  sum.listed.queries.forEach((query, i) => {
    if (sees(visibility, group.ids[query], sum.listed.keyIds[i]))
      listed[query].push(scale * sum.listed.dots[i])
  })
  return group.ids.map((_, query) => {
    const sorted = Float64Array.from(found[query]).sort().reverse()
    return {
      listedCount: listed[query].length,
      leastListed: listed[query].reduce((least, logit) => Math.min(least, logit), Infinity),
      topLogit: sorted.length < top ? -Infinity : sorted[top - 1],
    }
  })
}
