import type { CurvesSummary, CurveSummary } from '../../jobs/curve.ts'
import { curveVerdict, noQuery } from '../../jobs/curve-verdict.ts'
import { isQuadratic } from '@levattention/core/internal'
import { countOf, countText, numberText, shareText } from './number-text.ts'
import { rankText } from './rank-text.ts'
import { cellOf, headsSummary, headsTable } from './heads-text.ts'
import { type Line, summaryText } from './summary-text.ts'
import { tableLines } from './table-blocks.ts'
import { wrapped } from './text-layout.ts'

/** The curve as a table with its verdict, for people. */
export function curveText(summary: CurveSummary): string {
  const rows = [
    ['epsilon', 'universal set', 'of the keys'],
    ...summary.curve.map(({ epsilon, universalSize, universalFraction }) => [
      String(epsilon),
      countText(universalSize),
      shareText(universalFraction),
    ]),
  ]
  const [headline, ...others] = curveVerdict(summary)
  const { maxBound } = summary
  const more = `${noQuery(summary)} gives any key more`
  const bound: Line[] =
    maxBound === undefined || headline.includes(more)
      ? []
      : [['largest bound', `${numberText(maxBound)}: ${more}`]]
  const body = [...tableLines(rows, 1), '', ...others.map((sentence) => wrapped(sentence, 2))]
  return summaryText(summary, { headline, body, lines: bound })
}

/** The same of a table, whose rows have leverage: nothing asks there. `p` other than 2: bounds of sensitivities. */
export function rowsCurveText(summary: CurveSummary, isWeighted: boolean): string {
  const { curve, n = 0, keysSeen = n, maxBound = 0, rank = 0, p = 2 } = summary
  const name = isQuadratic({ p }) ? 'leverage' : 'bound'
  const rows = [
    [`${name} at least`, 'rows', 'of all rows'],
    ...curve.map(({ epsilon, universalSize, universalFraction }) => [
      String(epsilon),
      countText(universalSize),
      shareText(universalFraction),
    ]),
  ]
  const mean = keysSeen > 0 && isQuadratic({ p }) ? `, the mean ${numberText(rank / keysSeen)}` : ''
  const headline =
    keysSeen === 0
      ? 'There are no rows.'
      : `The largest ${name} of ${countOf(keysSeen, 'row')} is ${numberText(maxBound)}${mean}; the rank is ${rankText(summary)}.`
  return summaryText(summary, { headline, body: tableLines(rows, 1), isOfRows: true, isWeighted })
}

/** Of the dozen, where a line has all of a head. */
const SHOWN_EPSILONS = [0.2, 0.1, 0.05, 0.02, 0.01, 1e-3]

/** The curves of heads, a line for each. */
export function curvesText(summary: CurvesSummary): string {
  const sizes = new Map(SHOWN_EPSILONS.map((epsilon) => [String(epsilon), epsilon]))
  const cells = (head: object, fact: string): string => {
    const epsilon = sizes.get(fact)
    const point = (head as CurvesSummary['heads'][number]).curve.find((one) => one.epsilon === epsilon)
    return point === undefined ? cellOf(head, fact) : countText(point.universalSize)
  }
  const table = headsTable(summary.heads, ['rank', 'maxBound', ...sizes.keys()], cells)
  const title = wrapped('The size of the universal set at each epsilon:', 2)
  return headsSummary(summary, [title, ...table])
}
