import { isQuadratic } from '@levattention/core/internal'
import type { Findings, TopKey } from '../../job/findings.ts'
import type { JobSummary } from '../../job/job-summary.ts'
import { countOf, countText, heavyPairsText, numberText, partText, shareText } from './number-text.ts'
import { type Answer, type CountedHeads, type Line, summaryText } from './summary-text.ts'
import { cellOfId, tableLines } from './table-blocks.ts'
import { wrapped } from './text-layout.ts'

/** The summary of what found pairs of queries and keys, or the universal set that they come from. */
export function searchText(summary: JobSummary & CountedHeads, findings: Findings = {}): string {
  return summaryText(summary, searchAnswer(summary, findings))
}

/** What a search found. */
export function searchAnswer(summary: JobSummary & CountedHeads, findings: Findings = {}): Answer {
  const keys = shownKeys(summary, findings)
  return {
    headline: summary.pairs === undefined ? setHeadline(summary) : pairsHeadline(summary, findings),
    body: keys.length === 0 ? [] : keysTable(keys, summary),
    lines: [...setLines(summary), ...drawLines(summary), ...openLines(summary)],
  }
}

/** A higher epsilon than that of a set leaves a part of it. */
function shownKeys({ universalSize }: JobSummary, { topKeys = [] }: Findings): readonly TopKey[] {
  return topKeys.slice(0, universalSize)
}

function pairsHeadline(summary: JobSummary & CountedHeads, { pairsHold }: Findings): string {
  const { headCount, pairs = 0, epsilon, heavyMassMean = pairsHold } = summary
  const { m = 0, queriesSeen = m } = summary
  const noun = epsilon === undefined ? 'pair' : 'heavy pair'
  // Heavy ones are all among them.
  const isEstimate = summary.scores === 'estimate'
  const where =
    headCount === undefined
      ? countOf(queriesSeen, 'query')
      : `${countOf(queriesSeen * headCount, 'query')} (${countText(queriesSeen)} in each of ${countOf(headCount, 'head')})`
  if (pairs === 0) return `no ${noun} in ${where}`
  const hold =
    heavyMassMean === undefined
      ? ''
      : ` ${pairs === 1 ? 'holds' : 'hold'} ${partText(heavyMassMean)} of a query's attention on average`
  const told = isEstimate ? heavyPairsText(pairs, true) : countOf(pairs, noun)
  return `${told} in ${where}${hold}`
}

function setHeadline(summary: JobSummary): string {
  const { universalSize = 0, epsilon = 1 } = summary
  const n = keysSeenIn(summary)
  const share = shareText(epsilon)
  if (universalSize === 0) return `no key can take ${share} of ${attentionOf(summary)}: the set is empty`
  if (universalSize === n && n > 1)
    return `all ${countOf(n, 'key')} can take ${share} of ${attentionOf(summary)}`
  const size = `${countText(universalSize)} of ${countOf(n, 'key')} (${shareText(universalSize / n)})`
  return `${size} can take ${share} of ${attentionOf(summary)}; no other can`
}

/** How many keys take part. */
function keysSeenIn({ n = 0, keysSeen = n }: JobSummary): number {
  return keysSeen
}

/** The ridge certificate leaves out queries that nearly vanish on all keys, and causal bounds are about those that see the key. */
function attentionOf({ certificate, causal = false }: JobSummary): string {
  const covered = certificate === 'ridge'
  if (causal) return `the attention of a query that sees it${covered ? ' and the certificate covers' : ''}`
  return covered ? 'the attention of a query that the certificate covers' : "a query's attention"
}

/** The largest shares of a query need not be heavy. */
function keysTable(keys: readonly TopKey[], { epsilon, certificate, p = 2 }: JobSummary): string[] {
  const [hasBounds, hasQueries] = [keys[0].bound !== undefined, keys[0].queries !== undefined]
  const title = hasBounds
    ? boundsTitle(keys, certificate === 'ridge', p)
    : epsilon === undefined
      ? 'The keys in the pairs of most queries:'
      : 'The keys that are heavy for most queries:'
  const ids = keys.map(({ name = '' }) => cellOfId(name))
  const width = Math.max(...ids.map(({ length }) => length), 'id'.length)
  const hasNames = keys.some(({ name }) => name !== undefined)
  const rows = keys.map(({ rowId, bound, queries }, i) => [
    String(rowId),
    ...(bound === undefined ? [] : [numberText(bound)]),
    ...(queries === undefined ? [] : [countOf(queries, 'query')]),
    // At the left, as words are read.
    ...(hasNames ? [ids[i].padEnd(width)] : []),
  ])
  const titles = [
    'key',
    ...(hasBounds ? ['bound'] : []),
    ...(hasQueries ? [epsilon === undefined ? 'in pairs of' : 'heavy for'] : []),
    ...(hasNames ? ['id'.padEnd(width)] : []),
  ]
  return [wrapped(title, 2), ...tableLines([titles, ...rows], 1)]
}

/** Of p = 2 a bound of 1 is a leverage score; of others it may be one that was above 1. */
function boundsTitle(keys: readonly TopKey[], isRidge: boolean, p: number): string {
  const noQuery = isRidge ? 'no query that the certificate covers' : 'no query'
  const areOnes = keys.length > 1 && keys.every(({ bound }) => bound === 1)
  const first = areOnes ? '; of equal ones the first are named' : ''
  if (areOnes && isQuadratic({ p }) && !isRidge)
    return `Some query gives each of these keys all of its attention${first}:`
  return `The largest bounds; ${noQuery} gives a key a larger share than its bound${first}:`
}

/** Of a search: the set that its pairs come from. */
function setLines(summary: JobSummary): Line[] {
  const { universalSize, epsilon = 1, pairs } = summary
  if (pairs === undefined || universalSize === undefined) return []
  const share = shareText(epsilon)
  const attention = attentionOf(summary)
  if (universalSize === 0) return [['universal set', `empty: no key can take ${share} of ${attention}`]]
  const n = keysSeenIn(summary)
  const size = `${countText(universalSize)} of ${countOf(n, 'key')} (${shareText(universalSize / n)})`
  return [['universal set', `${size}; no other key can take ${share} of ${attention}`]]
}

/** Of estimates: how many queries took how many draws. */
function drawLines({ queriesByDraws = [] }: JobSummary): Line[] {
  const told = queriesByDraws.map(({ draws, queries }, at) => {
    const count = at === 0 ? countOf(queries, 'query') : countText(queries)
    return `${draws === 0 ? 'none' : countText(draws)} for ${count}`
  })
  return told.length === 0 ? [] : [['draws', told.join(', ')]]
}

/** What is out of the ordinary. */
function openLines(summary: JobSummary): Line[] {
  const { undefinedRows = 0, queriesExactPass = 0, uncertifiedQueries = 0 } = summary
  const { emptyRows = 0, float64Rows = 0 } = summary
  const of = (count: number, label: string, text: string): Line[] =>
    count > 0 ? [[label, `${countOf(count, 'query')} ${text}`.trim()]] : []
  return [
    ...of(emptyRows, 'empty rows', 'that see no key'),
    ...of(float64Rows, 'in float64', 'summed so'),
    ...of(undefinedRows, 'undefined rows', 'whose product with every key is 0'),
    ...of(queriesExactPass, 'exact pass', 'decided by reading the keys again'),
    ...of(uncertifiedQueries, 'undecided', ''),
  ]
}
