import type { Difference } from '../../verify/verify-judge.ts'
import type { VerifySummary } from '../../verify/verify.ts'
import { countOf, countText } from './number-text.ts'
import { summaryText } from './summary-text.ts'

/** What verify found, for people. */
export function verifyText(heavy: string, summary: VerifySummary): string {
  const { difference, queriesVerified, pairs = 0, uncertifiedQueries: _, m = 0, ...rest } = summary
  const tried = `${countText(queriesVerified)} of ${countOf(m, 'query')}, ${countOf(pairs, 'pair')}`
  const verdict =
    difference === undefined
      ? `${heavy} is right: ${tried} tried; none missed, none extra, none wrong ${asked(summary)}`
      : `${heavy} differs, ${subjectOf(difference, summary)} is ${difference.kind}: ${difference.message}`
  const lines = remarks(summary).map((text) => ['undecided', text] as const)
  return summaryText({ ...rest, m }, { headline: verdict, lines })
}

/** Which pairs were to be there. */
function asked({ epsilon, top, sign }: VerifySummary): string {
  const largest = top === undefined ? [] : [`among the ${countOf(top, 'largest share')} of each query`]
  const heavy = epsilon === undefined ? [] : [`at epsilon ${epsilon}`]
  const positive = sign === 'positive' ? [', among pairs of q.k > 0'] : []
  return [...heavy, ...largest].join(' and ') + positive.join('')
}

function subjectOf({ key }: Difference, { attention }: VerifySummary): string {
  if (key !== undefined) return 'a pair'
  return attention === 'softmax' ? 'a row' : 'a mass'
}

/** What a reader of the verdict has to know besides. */
function remarks({
  uncertifiedQueries = 0,
  uncertifiedLacking = 0,
  uncertifiedMissed = 0,
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
