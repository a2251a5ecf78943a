import { isQuadratic } from '@levattention/core/internal'
import type { ScoresSummary } from '../../jobs/scores.ts'
import { countOf, countText, numberText } from './number-text.ts'
import { summaryText } from './summary-text.ts'
import { cellOfId, tableLines } from './table-blocks.ts'

/** The summary of `scores`: the rows of the largest ones first. */
export function scoresText(summary: ScoresSummary): string {
  const { n = 0, keysSeen = n, scoreSum, rank = 0, maxBound = 0, p = 2, topRows } = summary
  const name = isQuadratic({ p }) ? 'leverage scores' : 'bounds'
  // What a score proves of a ridge is larger than the score.
  const largest = topRows.at(0)?.score ?? maxBound
  const hasIds = topRows.some(({ id }) => id !== undefined)
  const ids = topRows.map(({ id = '' }) => cellOfId(id))
  // At the left, as words are read.
  const width = Math.max(...ids.map(({ length }) => length), 'id'.length)
  const titles = ['row', 'score', ...(hasIds ? ['id'.padEnd(width)] : [])]
  const rows = topRows.map(({ row, score }, i) => [
    String(row),
    score.toFixed(6),
    ...(hasIds ? [ids[i].padEnd(width)] : []),
  ])
  return summaryText(summary, {
    headline: `${name} of ${countOf(keysSeen, 'row')}, the largest ${numberText(largest)}; their sum is ${sumText(scoreSum)}, the rank ${countText(rank)}`,
    body: rows.length === 0 ? [] : tableLines([titles, ...rows], 1),
  })
}

/** Beside a rank: every digit of a whole number. */
function sumText(sum: number): string {
  return sum < 1000 ? numberText(sum) : countText(Math.round(sum))
}
