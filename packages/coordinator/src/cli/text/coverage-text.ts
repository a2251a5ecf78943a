import type { HeadCoverage } from '../../coverage/coverage-facts.ts'
import { coverageVerdict } from '../../coverage/coverage-verdict.ts'
import { meanColumns, type MeanColumn, shownKeep } from '../../coverage/mean-columns.ts'
import type { CoverageSummary } from '../../jobs/coverage.ts'
import { countOf, countText, numberText, percentText } from './number-text.ts'
import { summaryText } from './summary-text.ts'
import { columns, wrapped } from './text-layout.ts'

/** More heads are in the files of --out. */
const SHOWN_HEADS = 24

/** The coverage of heads for people: a table with their plain mean, and a sentence that says what it shows. */
export function coverageText(summary: CoverageSummary): string {
  const { heads, ...shared } = summary
  const means = meanColumns(heads)
  const keep = shownKeep(means)
  const shown = { heads, means, keep }
  const held = keep === null || heads.length === 1 ? 'the kept keys' : countOf(keep, 'key')
  const tables = [
    ...table(`The share of a query’s attention that ${held} hold, on average:`, shown, MASS),
    ...(means.some(({ error }) => error !== null)
      ? [
          '',
          ...table(
            `How far outputs over ${held} are from the full ones, |o' - o| / |o|, on average:`,
            shown,
            ERROR,
          ),
        ]
      : []),
  ]
  const verdict = wrapped(coverageVerdict(summary, means, keep), 2)
  return [summaryText(shared), columns(judgedLines(summary)), '', ...tables, '', verdict].join('\n')
}

type Line = readonly [label: string, text: string]

function judgedLines({ judged, heads, causal = false }: CoverageSummary): Line[] {
  const empty = heads.reduce((sum, { emptyRows }) => sum + emptyRows, 0)
  const ofHeads = heads.length > 1 ? ` of ${countOf(heads.length, 'head')}` : ''
  const left = empty > 0 ? `; ${countOf(empty, 'query')} that see no key are in no mean` : ''
  const chosenBy = (fits: readonly string[]) =>
    heads[0].selections.filter(({ fit, select }) => fits.includes(fit) && !select.startsWith('best'))
  const names = (fits: readonly string[]) =>
    [...new Set(chosenBy(fits).map(({ select }) => select))].join(', ')
  const [own, others] = [names(['in-sample', 'oracle']), names(['held-out'])]
  const isFixed = heads[0].selections.some(({ keep, fit }) => keep !== null && fit !== 'oracle')
  return [
    ['judged by', `${countOf(judged, 'query')}${ofHeads}${left}`],
    ...(own === '' ? [] : [['in-sample', `${own}: chosen by the judged queries themselves`] as const]),
    ...(others === ''
      ? []
      : [['held-out', `${others}: chosen by other queries than the judged ones`] as const]),
    ...(causal && isFixed ? [['causal', 'fixed sets are chosen by all keys, later ones too'] as const] : []),
  ]
}

interface Shown {
  readonly heads: readonly HeadCoverage[]
  readonly means: readonly MeanColumn[]
  /** Of several heads: how many keys. */
  readonly keep: number | null
}

/** What a table is about. */
interface Measure {
  /** What stands beside the selections: of equal weights. */
  readonly beside: ((of: Pick<MeanColumn, 'uniform'>) => number | null) | undefined
  readonly of: (selection: HeadCoverage['selections'][number]) => number | null
  readonly mean: (column: MeanColumn) => number | null
  readonly text: (value: number) => string
}

const MASS: Measure = {
  beside: ({ uniform }) => uniform,
  of: ({ massMean }) => massMean,
  mean: ({ mass }) => mass,
  text: (share) => percentText(Number(numberText(share))),
}
const ERROR: Measure = {
  beside: undefined,
  of: ({ outputErrorMean = null }) => outputErrorMean,
  mean: ({ error }) => error,
  text: numberText,
}

/** Of one head a line for each number of keys; of several a line a head, at one number of keys, and their mean. */
function table(title: string, shown: Shown, measure: Measure): string[] {
  const { heads } = shown
  const rows = heads.length === 1 ? byKeep(shown, measure) : byHead(shown, measure)
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row) => `  ${row.map((cell, i) => cell.padStart(widths[i])).join('  ')}`)
  const more =
    heads.length > SHOWN_HEADS ? [`  ${countText(heads.length - SHOWN_HEADS)} heads more: --out`] : []
  return [wrapped(title, 2), '', ...lines, ...more]
}

function byKeep({ means }: Shown, { mean, beside, text }: Measure): string[][] {
  const selects = [...new Set(means.map(({ select }) => select))]
  const keeps = [...new Set(means.flatMap(({ keep }) => keep ?? []))]
  const columnOf = (select: string, keep: number | null) =>
    means.find((one) => one.select === select && (one.keep === keep || one.keep === null))
  const cell = (value: number | null | undefined) => (typeof value === 'number' ? text(value) : '-')
  return [
    ['keys', ...(beside ? ['equal weights'] : []), ...selects],
    ...(keeps.length > 0 ? keeps : [null]).map((keep) => {
      const equal = means.find((one) => one.keep === keep)
      const found = selects.map((select) => columnOf(select, keep))
      return [
        keep === null ? '' : countText(keep),
        ...(beside ? [cell(equal && beside(equal))] : []),
        ...found.map((one) => cell(one && mean(one))),
      ]
    }),
  ]
}

function byHead({ heads, means, keep }: Shown, { of, mean, beside, text }: Measure): string[][] {
  const shown = means.filter((one) => one.keep === keep || one.keep === null)
  const cell = (value: number | null | undefined) => (typeof value === 'number' ? text(value) : '-')
  const lineOf = (head: HeadCoverage) => {
    const found = shown.map(({ select, keep: own }) =>
      head.selections.find((one) => one.select === select && one.keep === own),
    )
    const equal = found[0]?.uniformMass ?? null
    return [
      String(head.index),
      ...(beside ? [cell(beside({ uniform: equal }))] : []),
      ...found.map((one) => cell(one && of(one))),
    ]
  }
  return [
    ['head', ...(beside ? ['equal weights'] : []), ...shown.map(({ select }) => select)],
    ...heads.slice(0, SHOWN_HEADS).map(lineOf),
    ['mean', ...(beside ? [cell(beside(shown[0]))] : []), ...shown.map((one) => cell(mean(one)))],
  ]
}
