import type { VerifySummary } from '../jobs/verify.ts'
import { countOf, countText } from './number-text.ts'
import { summaryText } from './summary-text.ts'
import { wrapped } from './text-layout.ts'

/** What verify found, for people: the verdict last, where the eye rests. */
export function verifyText(heavy: string, summary: VerifySummary): string {
  const { difference, queriesVerified, pairs = 0, uncertifiedQueries = 0, m = 0, ...rest } = summary
  const tried = `${countText(queriesVerified)} of ${countOf(m, 'query')}, ${countOf(pairs, 'pair')}`
  const undecided =
    uncertifiedQueries === 0
      ? []
      : [
          wrapped(
            `${countText(uncertifiedQueries)} of them the file lists as undecided: there nothing counts as missed`,
            2,
          ),
        ]
  const verdict =
    difference === undefined
      ? `${heavy} is right: ${tried} tried; none missed, none extra, none wrong`
      : `${heavy} differs, a pair is ${difference.kind}: ${difference.message}`
  return [summaryText({ ...rest, m }), ...undecided, wrapped(verdict, 2)].join('\n')
}
