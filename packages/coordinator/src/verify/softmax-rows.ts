import type { SoftmaxProblem } from '../problem/softmax-problem.ts'
import { isAsked } from './softmax-group.ts'
import { slackOf } from './softmax-slack.ts'
import type { SoftmaxAnswer } from './softmax-sums.ts'
import type { Difference } from './verify-judge.ts'

/** What is wrong with what a file says of its queries as a whole: their slack and log-sum-exp. */
export function* rowDifferences(
  answer: SoftmaxAnswer,
  { visibility }: SoftmaxProblem,
): Generator<Difference> {
  const { group, bounds } = answer
  for (const [query, id] of group.ids.entries()) {
    const { slack = 0, lse } = group.stated[query]
    const { slackLimit, isKnown } = bounds[query]
    const wrongSlack =
      isKnown && slack > slackLimit
        ? `the file says that its scores lie within ${slack}; none of this precision is farther off than ${slackLimit}`
        : undefined
    const wrong = wrongSlack ?? wrongLse(answer, query, lse, isAsked(visibility, id))
    if (wrong !== undefined) yield { kind: 'wrong', query: id, message: `query ${id}: ${wrong}` }
  }
}

function wrongLse(
  answer: SoftmaxAnswer,
  query: number,
  stated: number | undefined,
  asked: boolean,
): string | undefined {
  if (stated === undefined) return undefined
  if (!asked)
    return Number.isNaN(stated) ? undefined : `it was not asked for; the file says that its lse is ${stated}`
  const lse = answer.lse[query]
  const { isKnown, logSum } = answer.bounds[query]
  if (!isKnown || stated === lse) return undefined
  if (lse > -Infinity && Math.abs(stated - lse) <= lseSlack(answer, query) + logSum) return undefined
  return `its lse is ${lse}; the file says ${stated}`
}

/** A slack is told of pairs: where there are none, it says nothing of the row. */
function lseSlack(answer: SoftmaxAnswer, query: number): number {
  const hasPairs = answer.group.listedQueries.includes(query)
  return hasPairs ? slackOf(answer, query) : answer.bounds[query].slackLimit
}
