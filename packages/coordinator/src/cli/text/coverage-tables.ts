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
  /** Selections keep more keys or fewer than one another: what equal weights give is told of each. */
  readonly isUneven: boolean
}

/** What a table is about. */
interface Measure {
  readonly title: (held: string, isBeside: boolean) => string
  readonly of: (selection: CoverageSelection) => number | null
  readonly mean: (column: MeanColumn) => number | null
  readonly text: (value: number, spread: number | null) => string
  /** What equal weights give stands beside. */
  readonly hasEqual?: boolean
}

const MASS: Measure = {
  title: (held, isBeside) =>
    `The share of a query’s attention that ${held} hold, on average${isBeside ? '; in brackets what equal weights give the same keys' : ', beside what equal weights give'}:`,
  of: ({ massMean }) => massMean,
  mean: ({ mass }) => mass,
  text: (share, spread) => (spread === null ? shareText(share) : `${shareText(share)} ±${twoDigits(spread)}`),
  hasEqual: true,
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
  const isUneven = areUneven(heads.length === 1 ? means : means.filter(isShownAt(keep)))
  const held = keep === null || heads.length === 1 ? 'the kept keys' : countOf(keep, 'key')
  const measures = [MASS, ERROR, recallOf(heavy)].filter(
    (measure) => measure === MASS || means.some((column) => measure.mean(column) !== null),
  )
  return measures.flatMap((measure, at) => [
    ...(at > 0 ? [''] : []),
    wrapped(measure.title(held, isUneven), 2),
    '',
    ...table({ heads, means, keep, isUneven }, measure),
  ])
}

/** What stands behind ± beside a mean mass: of several draws their sd, else the sample's standard error; null where there is none. */
export function spreadOf({ massDrawSd, massStandardError }: CoverageSelection): number | null {
  const spread = massDrawSd ?? massStandardError ?? 0
  return spread > 0 ? spread : null
}

/** Whether equal weights give selections of the same number of keys different shares, local keys alone among them. */
function areUneven(means: readonly MeanColumn[]): boolean {
  const keeps = [...new Set(means.flatMap(({ keep }) => keep ?? []))]
  return (keeps.length > 0 ? keeps : [null]).some((keep) => {
    const shares = means.filter(isShownAt(keep)).flatMap(({ uniform }) => uniform ?? [])
    return new Set(shares.map(shareText)).size > 1
  })
}

function isShownAt(keep: number | null): (one: { readonly keep: number | null }) => boolean {
  return (one) => one.keep === keep || one.keep === null
}

function table(shown: Shown, measure: Measure): string[] {
  const { heads } = shown
  if (heads.length === 1) return tableLines(byKeep(shown, measure), 1)
  const lines = tableLines(byHead(shown, measure), placesOf(heads[0]).length)
  const left = heads.length - SHOWN_HEADS
  return left > 0 ? [...lines, `  ${countText(left)} heads more: --out`] : lines
}

function byKeep({ heads: [{ selections }], isUneven }: Shown, measure: Measure): string[][] {
  const selects = [...new Set(selections.map(({ select }) => select))]
  const keeps = [...new Set(selections.flatMap(({ keep }) => keep ?? []))]
  const hasColumn = measure.hasEqual === true && !isUneven
  return [
    ['keys', ...(hasColumn ? ['equal'] : []), ...selects],
    ...(keeps.length > 0 ? keeps : [null]).map((keep) => {
      const found = selects.map((select) =>
        selections.find((one) => one.select === select && isShownAt(keep)(one)),
      )
      return [
        keep === null ? '' : countText(keep),
        ...(hasColumn ? [cell(found[0]?.uniformMass)] : []),
        ...found.map((one) => cellOf(one, measure, isUneven)),
      ]
    }),
  ]
}

function byHead({ heads, means, keep, isUneven }: Shown, measure: Measure): string[][] {
  const shown = means.filter(isShownAt(keep))
  const { mean, text, hasEqual = false } = measure
  const hasColumn = hasEqual && !isUneven
  const places = placesOf(heads[0])
  const titles = places.map((name) => (name === 'index' && !places.includes('head') ? 'head' : name))
  const lineOf = (head: HeadCoverage) => {
    const found = shown.map((column) =>
      head.selections.find((one) => one.select === column.select && one.keep === column.keep),
    )
    return [
      ...places.map((name) => placeOf(head, name)),
      ...(hasColumn ? [cell(found[0]?.uniformMass)] : []),
      ...found.map((one) => cellOf(one, measure, isUneven)),
    ]
  }
  return [
    [...titles, ...(hasColumn ? ['equal'] : []), ...shown.map(({ select }) => select)],
    ...heads.slice(0, SHOWN_HEADS).map(lineOf),
    [
      ...places.map((_, at) => (at === 0 ? 'mean' : '')),
      ...(hasColumn ? [cell(shown[0].uniform)] : []),
      ...shown.map(
        (one) => cell(mean(one), (value) => text(value, null)) + equalText(one.uniform, measure, isUneven),
      ),
    ],
  ]
}

function cellOf(selection: CoverageSelection | undefined, measure: Measure, isUneven: boolean): string {
  if (!selection) return '-'
  const { of, text } = measure
  const value = cell(of(selection), (one) => text(one, spreadOf(selection)))
  return value + equalText(selection.uniformMass, measure, isUneven)
}

/** ' (0.0753)' behind a mass, where selections are uneven. */
function equalText(uniform: number | null, { hasEqual }: Measure, isUneven: boolean): string {
  return hasEqual && isUneven && uniform !== null ? ` (${shareText(uniform)})` : ''
}

function cell(value: number | null | undefined, text: (value: number) => string = shareText): string {
  return typeof value === 'number' ? text(value) : '-'
}

function twoDigits(value: number): string {
  return String(Number(value.toPrecision(2)))
}
