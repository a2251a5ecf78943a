import { shareOfSeen } from '../../job/head-facts.ts'
import type { HeadFacts, JobSummary } from '../../job/job-summary.ts'
import { countOf, countText, numberText, partText, shareText } from './number-text.ts'
import { searchAnswer } from './search-text.ts'
import { type Line, summaryText } from './summary-text.ts'
import { tableLines } from './table-blocks.ts'

/** More heads are in heads.csv. */
const SHOWN_HEADS = 24

/** How the facts of a head are called. */
const TITLES: Readonly<Record<string, string>> = {
  headAxis: 'head',
  universalSize: 'set',
  universalFraction: 'of the keys',
  keysSeen: 'of keys seen',
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

/** The summary of heads: the first of them as a table of their `facts`. */
export function headsText(summary: HeadsSummary, facts: readonly string[]): string {
  const shown = summary.heads.slice(0, SHOWN_HEADS)
  const left = summary.heads.length - shown.length
  const where = summary.outputs.length > 0 ? 'in heads.csv' : 'with --json'
  const more = left === 0 ? [] : [`  ${countText(left)} more ${where}`]
  return headsSummary(summary, [...headsTable(shown, facts), ...more])
}

/** The summary without what differs between heads, which is in `body`. */
export function headsSummary({ heads, ...shared }: HeadsSummary, body: readonly string[]): string {
  const counted = { ...shared, headCount: heads.length }
  const sets = setsOf(heads)
  const bound = shared.maxBound === undefined ? [] : [boundLine(shared.maxBound)]
  if (shared.pairs !== undefined) {
    const { lines = [], ...answer } = searchAnswer(counted)
    const setLines: Line[] = sets === undefined ? [] : [['universal sets', sets]]
    return summaryText(counted, { ...answer, lines: [...setLines, ...bound, ...lines], body })
  }
  const found = sets === undefined ? 'each by itself' : `with universal sets of ${sets}`
  return summaryText(counted, { headline: `${countOf(heads.length, 'head')}, ${found}`, lines: bound, body })
}

function boundLine(maxBound: number): Line {
  return ['largest bound', `${numberText(maxBound)}: no query gives any key more than this share`]
}

/** How large the universal sets of heads are that have one each. */
function setsOf(heads: readonly object[]): string | undefined {
  const shares = heads.flatMap((head) =>
    'universalFraction' in head ? [shareOfSeen(head as Partial<HeadFacts>)] : [],
  )
  if (shares.length === 0) return undefined
  const [least, most] = [Math.min(...shares), Math.max(...shares)]
  return `${least === most ? partText(least) : `${shareText(least)} to ${shareText(most)}`} of a head's keys${hasHidden(heads) ? ' that are seen' : ''}`
}

function hasHidden(heads: readonly object[]): boolean {
  return heads.some((head) => 'keysSeen' in head)
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
  // Beside keys that a mask hides a share of all says little.
  const told = hasHidden(heads)
    ? facts.map((fact) => (fact === 'universalFraction' ? 'keysSeen' : fact))
    : facts
  const names = [...own, ...told]
  const rows = [
    names.map((name) => TITLES[name] ?? name),
    ...heads.map((head) =>
      names.map((name) => cells(head, name === 'index' && !('index' in head) ? 'head' : name)),
    ),
  ]
  return tableLines(rows, own.length)
}

/** Counts in full, measures with four digits. */
export function cellOf(head: object, fact: string): string {
  const value = (head as Readonly<Record<string, unknown>>)[fact]
  if (typeof value !== 'number') return typeof value === 'string' ? value : ''
  return Number.isSafeInteger(value) ? countText(value) : String(Number(value.toPrecision(4)))
}
