import type { CoverageSelection, HeadCoverage } from '../../coverage/coverage-facts.ts'
import { type MeanColumn, meanColumns, shownKeep } from '../../coverage/mean-columns.ts'
import type { CoverageSummary } from '../../jobs/coverage.ts'
import { cellOf as placeOf, placesOf } from './heads-text.ts'
import { countOf, countText, numberText, shareText } from './number-text.ts'
import { tableLines } from './table-blocks.ts'
import { wrapped } from './text-layout.ts'

/** More heads are in the files of --out. */
const SHOWN_HEADS = 24

interface Shown {
  readonly heads: readonly HeadCoverage[]
  readonly means: readonly MeanColumn[]
  /** Of several heads: how many keys. */
  readonly keep: number | null
}

/** What a table is about. */
interface Measure {
  readonly title: (held: string) => string
  readonly of: (selection: CoverageSelection) => number | null
  readonly mean: (column: MeanColumn) => number | null
  readonly text: (value: number, spread: number | null) => string
  /** Equal weights stand beside the selections. */
  readonly isBesideEqual?: boolean
}

const MASS: Measure = {
  title: (held) =>
    `The share of a query’s attention that ${held} hold, on average, beside what equal weights give:`,
  of: ({ massMean }) => massMean,
  mean: ({ mass }) => mass,
  text: (share, spread) => (spread === null ? shareText(share) : `${shareText(share)} ±${twoDigits(spread)}`),
  isBesideEqual: true,
}
const ERROR: Measure = {
  title: (held) => `How far outputs over ${held} are from the full ones, |o' - o| / |o|, on average:`,
  of: ({ outputErrorMean = null }) => outputErrorMean,
  mean: ({ error }) => error,
  text: numberText,
}
const recallOf = (heavy: number): Measure => ({
  title: (held) => `The share of heavy pairs, A_ij >= ${numberText(heavy)}, that ${held} hold:`,
  of: ({ heavyRecall }) => heavyRecall,
  mean: ({ recall }) => recall,
  text: shareText,
})

/** Of one head a line for each number of keys; of several a line a head, at one number of keys, and their mean. */
export function coverageTables({ heads, heavy }: Pick<CoverageSummary, 'heads' | 'heavy'>): string[] {
  const means = meanColumns(heads)
  const keep = shownKeep(means)
  const held = keep === null || heads.length === 1 ? 'the kept keys' : countOf(keep, 'key')
  const measures = [MASS, ERROR, recallOf(heavy)].filter(
    (measure) => measure === MASS || means.some((column) => measure.mean(column) !== null),
  )
  return measures.flatMap((measure, at) => [
    ...(at > 0 ? [''] : []),
    wrapped(measure.title(held), 2),
    '',
    ...table({ heads, means, keep }, measure),
  ])
}

/** What stands behind ± beside a mean mass: of several draws their sd, else the sample's standard error; null where there is none. */
export function spreadOf({ massDrawSd, massStandardError }: CoverageSelection): number | null {
  const spread = massDrawSd ?? massStandardError ?? 0
  return spread > 0 ? spread : null
}

function table(shown: Shown, measure: Measure): string[] {
  const { heads } = shown
  if (heads.length === 1) return tableLines(byKeep(heads[0], measure), 1)
  const lines = tableLines(byHead(shown, measure), placesOf(heads[0]).length)
  const left = heads.length - SHOWN_HEADS
  return left > 0 ? [...lines, `  ${countText(left)} heads more: --out`] : lines
}

function byKeep({ selections }: HeadCoverage, measure: Measure): string[][] {
  const selects = [...new Set(selections.map(({ select }) => select))]
  const keeps = [...new Set(selections.flatMap(({ keep }) => keep ?? []))]
  const { isBesideEqual } = measure
  return [
    ['keys', ...(isBesideEqual ? ['equal'] : []), ...selects],
    ...(keeps.length > 0 ? keeps : [null]).map((keep) => {
      const equal = selections.find((one) => one.keep === keep)?.uniformMass
      const found = selects.map((select) =>
        selections.find((one) => one.select === select && (one.keep === keep || one.keep === null)),
      )
      return [
        keep === null ? '' : countText(keep),
        ...(isBesideEqual ? [cell(equal)] : []),
        ...found.map((one) => cellOf(one, measure)),
      ]
    }),
  ]
}

function byHead({ heads, means, keep }: Shown, measure: Measure): string[][] {
  const shown = means.filter((one) => one.keep === keep || one.keep === null)
  const { mean, text, isBesideEqual } = measure
  const places = placesOf(heads[0])
  const titles = places.map((name) => (name === 'index' && !places.includes('head') ? 'head' : name))
  const lineOf = (head: HeadCoverage) => {
    const found = shown.map((column) =>
      head.selections.find((one) => one.select === column.select && one.keep === column.keep),
    )
    return [
      ...places.map((name) => placeOf(head, name)),
      ...(isBesideEqual ? [cell(found[0]?.uniformMass)] : []),
      ...found.map((one) => cellOf(one, measure)),
    ]
  }
  return [
    [...titles, ...(isBesideEqual ? ['equal'] : []), ...shown.map(({ select }) => select)],
    ...heads.slice(0, SHOWN_HEADS).map(lineOf),
    [
      ...places.map((_, at) => (at === 0 ? 'mean' : '')),
      ...(isBesideEqual ? [cell(shown[0].uniform)] : []),
      ...shown.map((one) => cell(mean(one), (value) => text(value, null))),
    ],
  ]
}

function cellOf(selection: CoverageSelection | undefined, { of, text }: Measure): string {
  return selection ? cell(of(selection), (value) => text(value, spreadOf(selection))) : '-'
}

function cell(value: number | null | undefined, text: (value: number) => string = shareText): string {
  return typeof value === 'number' ? text(value) : '-'
}

function twoDigits(value: number): string {
  return String(Number(value.toPrecision(2)))
}
