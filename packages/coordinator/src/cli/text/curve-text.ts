import type { CurveSummary } from '../../jobs/curve.ts'
import { curveVerdict, noQuery } from '../../jobs/curve-verdict.ts'
import { countText, numberText, percentText } from './number-text.ts'
import { summaryText } from './summary-text.ts'
import { wrapped } from './text-layout.ts'

/** The curve as a table with its verdict, for people. */
export function curveText(summary: CurveSummary): string {
  const rows = [
    ['epsilon', 'universal set', 'of the keys'],
    ...summary.curve.map(({ epsilon, universalSize, universalFraction }) => [
      String(epsilon),
      countText(universalSize),
      percentText(universalFraction),
    ]),
  ]
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const table = rows.map((row) => `  ${row.map((cell, i) => cell.padStart(widths[i])).join('  ')}`)
  const bound =
    summary.maxBound === undefined
      ? []
      : [wrapped(`largest bound ${numberText(summary.maxBound)}: ${noQuery(summary)} gives any key more`, 2)]
  const verdict = curveVerdict(summary).map((sentence) => wrapped(sentence, 2))
  return [summaryText(summary), '', ...table, '', ...bound, ...verdict].join('\n')
}
