import type { Difference } from '../../verify/verify-judge.ts'
import type { VerifySummary } from '../../verify/verify.ts'
import { countOf, countText } from './number-text.ts'
import { summaryText } from './summary-text.ts'
import { wrapped } from './text-layout.ts'

/** What verify found, for people: the verdict last, where the eye rests. */
export function verifyText(heavy: string, summary: VerifySummary): string {
  const { difference, queriesVerified, pairs = 0, uncertifiedQueries: _, m = 0, ...rest } = summary
  const { epsilon = 0, sign } = summary
  const of = sign === 'positive' ? `${epsilon}, among pairs of q.k > 0` : `${epsilon}`
  const tried = `${countText(queriesVerified)} of ${countOf(m, 'query')}, ${countOf(pairs, 'pair')}`
  const verdict =
    difference === undefined
      ? `${heavy} is right: ${tried} tried; none missed, none extra, none wrong at epsilon ${of}`
      : `${heavy} differs, ${subjectOf(difference)} is ${difference.kind}: ${difference.message}`
  return [summaryText({ ...rest, m }), ...remarks(summary), verdict]
    .map((text, i) => (i === 0 ? text : wrapped(text, 2)))
    .join('\n')
}

function subjectOf({ key }: Difference): string {
  return key === undefined ? 'a mass' : 'a pair'
}

/** What a reader of the verdict has to know besides. */
function remarks({
  uncertifiedQueries = 0,
  uncertifiedLacking,
  uncertifiedMissed,
  queriesBeyondRange,
}: VerifySummary): string[] {
  const told: string[] = []
  if (uncertifiedQueries > 0) {
    const lacking =
      uncertifiedLacking === 0
        ? 'none lacks a heavy pair'
        : `${countText(uncertifiedLacking)} of them ${uncertifiedLacking === 1 ? 'lacks' : 'lack'} ${countOf(uncertifiedMissed, 'heavy pair')}`
    told.push(
      `${countOf(uncertifiedQueries, 'query')} the file lists as undecided, tried as the others are: ${lacking}`,
    )
  }
  if (queriesBeyondRange > 0)
    told.push(
      `${countOf(queriesBeyondRange, 'query')} could not be decided: float64 does not hold their products`,
    )
  return told
}
