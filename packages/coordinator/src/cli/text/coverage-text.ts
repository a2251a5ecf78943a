import type { HeadCoverage } from '../../coverage/coverage-facts.ts'
import { coverageVerdict } from '../../coverage/coverage-verdict.ts'
import { meanColumns, shownKeep, type MeanColumn } from '../../coverage/mean-columns.ts'
import type { CoverageSummary } from '../../jobs/coverage.ts'
import { countOf, countText, numberText, percentText } from './number-text.ts'
import { summaryText } from './summary-text.ts'
import { wrapped } from './text-layout.ts'

/** More heads are in the files of --out. */
const SHOWN_HEADS = 24

/** The coverage of heads for people: a table with their plain mean, and a sentence that says what it shows. */
export function coverageText(summary: CoverageSummary): string {
  const { heads, ...shared } = summary
  const means = meanColumns(heads)
  const keep = shownKeep(means)
  const verdict = wrapped(coverageVerdict(summary, means, keep), 2)
  return [summaryText(shared), ...judgedLines(summary), '', ...table(summary, means, keep), '', verdict].join(
    '\n',
  )
}

function judgedLines({ judged, heads }: CoverageSummary): string[] {
  const empty = heads.reduce((sum, { emptyRows }) => sum + emptyRows, 0)
  const ofHeads = heads.length > 1 ? ` of ${countText(heads.length)} heads` : ''
  const left = empty > 0 ? `; ${countOf(empty, 'query')} that see no key are in no mean` : ''
  return [`  judged by ${countOf(judged, 'query')}${ofHeads}${left}`]
}

/** Of one head a line for each number of keys; of several a line a head, at one number of keys, and their mean. */
function table(summary: CoverageSummary, means: readonly MeanColumn[], keep: number | null): string[] {
  const { heads } = summary
  const title = wrapped(
    heads.length === 1
      ? 'The share of a query’s attention that the kept keys hold, on average:'
      : `The share of a query’s attention that ${keep === null ? 'these' : countText(keep)} keys hold, on average:`,
    2,
  )
  const rows = heads.length === 1 ? byKeep(means) : byHead(heads, means, keep)
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row) => `  ${row.map((cell, i) => cell.padStart(widths[i])).join('  ')}`)
  const more = heads.length - SHOWN_HEADS
  return [
    title,
    '',
    ...lines,
    ...(more > 0 && heads.length > 1 ? [`  ${countText(more)} heads more: --out`] : []),
  ]
}

function byKeep(means: readonly MeanColumn[]): string[][] {
  const selects = [...new Set(means.map(({ select }) => select))]
  const keeps = [...new Set(means.flatMap(({ keep }) => keep ?? []))]
  const cell = (select: string, keep: number | null) =>
    means.find((one) => one.select === select && (one.keep === keep || one.keep === null))
  return [
    ['keys', 'equal weights', ...selects],
    ...(keeps.length > 0 ? keeps : [null]).map((keep) => [
      keep === null ? '' : countText(keep),
      shareText(means.find((one) => one.keep === keep)?.uniform ?? null),
      ...selects.map((select) => shareText(cell(select, keep)?.mass ?? null)),
    ]),
  ]
}

function byHead(
  heads: readonly HeadCoverage[],
  means: readonly MeanColumn[],
  keep: number | null,
): string[][] {
  const shown = means.filter((one) => one.keep === keep || one.keep === null)
  const line = (name: string, columns: readonly (Pick<MeanColumn, 'mass' | 'uniform'> | undefined)[]) => [
    name,
    shareText(columns.at(0)?.uniform ?? null),
    ...columns.map((one) => shareText(one?.mass ?? null)),
  ]
  const ofHead = ({ selections }: HeadCoverage) =>
    shown.map(({ select, keep: own }) => {
      const found = selections.find((one) => one.select === select && one.keep === own)
      return found && { mass: found.massMean, uniform: found.uniformMass }
    })
  return [
    ['head', 'equal weights', ...shown.map(({ select }) => select)],
    ...heads.slice(0, SHOWN_HEADS).map((head) => line(String(head.index), ofHead(head))),
    line('mean', shown),
  ]
}

function shareText(share: number | null): string {
  if (share === null) return '-'
  return share === 1 ? '100 %' : percentText(Number(numberText(share)))
}
