import { isQuadratic } from '@levattention/core/internal'
import type { ScoresSummary } from '../../jobs/scores.ts'
import { countOf, countText, numberText } from './number-text.ts'
import { rankText } from './rank-text.ts'
import { type Line, summaryText } from './summary-text.ts'
import { cellOfId, tableLines } from './table-blocks.ts'

/** The summary of `scores`: the rows of the largest ones first. */
export function scoresText(summary: ScoresSummary, isWeighted: boolean): string {
  const { n = 0, keysSeen = n, scoreSum, maxBound = 0, p = 2, topRows } = summary
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
    headline: `${name} of ${countOf(keysSeen, 'row')}, the largest ${numberText(largest)}; their sum is ${sumText(scoreSum)}, the rank ${rankText(summary)}`,
    body: rows.length === 0 ? [] : tableLines([titles, ...rows], 1),
    lines: highLines(summary),
    isWeighted,
  })
}

/** How many rows a person would look at, in a line. */
function highLines({ highScores = [] }: ScoresSummary): Line[] {
  if (highScores.length === 0) return []
  const told = highScores.map(({ rows, score }, i) => {
    const counted = i === 0 ? countOf(rows, 'row') : countText(rows)
    return `${counted} reach${rows === 1 ? 'es' : ''} ${i + 2}p/n = ${numberText(score)}`
  })
  return [['high', `${told.join(', ')} (p: the rank)`]]
}

/** Beside a rank: every digit of a whole number. */
function sumText(sum: number): string {
  return sum < 1000 ? numberText(sum) : countText(Math.round(sum))
}
