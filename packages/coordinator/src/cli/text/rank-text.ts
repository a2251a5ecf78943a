import type { JobSummary } from '../../job/job-summary.ts'
import { countOf, countText } from './number-text.ts'

/** The rank; where it is below the columns, and not for want of rows, with them: '7 of 8 columns: one follows from the others'. */
export function rankText({ n = 0, keysSeen = n, d = 0, rank = 0 }: JobSummary): string {
  const others = d - rank
  if (others <= 0 || rank === 0 || rank >= keysSeen) return countText(rank)
  const follow = others === 1 ? 'one follows' : `${countText(others)} follow`
  return `${countText(rank)} of ${countOf(d, 'column')}: ${follow} from the others`
}
