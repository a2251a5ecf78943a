import type { JobSummary } from '../../job/job-summary.ts'
import { countText } from './number-text.ts'
import { summaryText } from './summary-text.ts'

/** More heads are in heads.csv. */
const SHOWN_HEADS = 24

/** How the facts of a head are called. */
const TITLES: Readonly<Record<string, string>> = {
  headAxis: 'head',
  universalSize: 'set',
  universalFraction: 'of the keys',
  maxBound: 'largest bound',
  scoreSum: 'sum',
  rowsDrawn: 'drawn',
  rowsCertain: 'certain',
  heavyMassMean: 'they hold',
  negativeDotShare: 'q.k < 0',
  emptyRows: 'empty rows',
  float64Rows: 'in float64',
}
const PLACES = ['layer', 'batch', 'headAxis', 'source']
/** Of heads that have an index beside their place. */
const INDEXED = ['index', 'layer', 'batch', 'head', 'source']

/** The names of what says where a head of an index stands. */
export function placesOf(head: object): string[] {
  return INDEXED.filter((name) => name in head)
}

/** What is known of heads, in some order of its own. */
type HeadsSummary = Omit<JobSummary, 'heads'> & { readonly heads: readonly object[] }

/** The summary of heads, and the first of them as a table of their `facts`. */
export function headsText(summary: HeadsSummary, facts: readonly string[]): string {
  const shown = summary.heads.slice(0, SHOWN_HEADS)
  const left = summary.heads.length - shown.length
  const more = left === 0 ? [] : ['', `  ${countText(left)} more in heads.csv`]
  return [headsSummary(summary), '', ...headsTable(shown, facts), ...more].join('\n')
}

/** The summary without what differs between heads. */
export function headsSummary({ heads, ...shared }: HeadsSummary): string {
  return summaryText({ ...shared, headCount: heads.length, hasHeadFiles: shared.outputs.length > 0 })
}

/** A line a head, under a line of titles; `cells` says what stands there for a fact. */
export function headsTable(
  heads: readonly object[],
  facts: readonly string[],
  cells: (head: object, fact: string) => string = cellOf,
): string[] {
  const first = heads.at(0) ?? {}
  const places = PLACES.filter((name) => name in first)
  const own =
    'index' in first ? placesOf(first) : [...(places.includes('headAxis') ? ['index'] : ['head']), ...places]
  const names = [...own, ...facts]
  const rows = [
    names.map((name) => TITLES[name] ?? name),
    ...heads.map((head) =>
      names.map((name) => cells(head, name === 'index' && !('index' in head) ? 'head' : name)),
    ),
  ]
  const widths = names.map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) => `  ${row.map((cell, i) => cell.padStart(widths[i])).join('  ')}`)
}

/** Counts in full, measures with four digits. */
export function cellOf(head: object, fact: string): string {
  const value = (head as Readonly<Record<string, unknown>>)[fact]
  if (typeof value !== 'number') return typeof value === 'string' ? value : ''
  return Number.isSafeInteger(value) ? countText(value) : String(Number(value.toPrecision(4)))
}
