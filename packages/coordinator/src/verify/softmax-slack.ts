import type { SoftmaxAnswer } from './softmax-sums.ts'

/** Slack of a query's pairs: what the file says of it where it says so, and no more than it may be. */
export function slackOf({ group, bounds }: SoftmaxAnswer, query: number): number {
  const { slackLimit } = bounds[query]
  return Math.min(slackLimit, group.stated[query].slack ?? slackLimit)
}
