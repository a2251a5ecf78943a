import { count, counted, escaped, plain, share } from '../draw/numbers.ts'
import type { Layout } from '../facts/layout.ts'
import { type HeadReport, scoreWord } from '../facts/report-facts.ts'
import { attentionHtml } from './cells.ts'

/** Rows of the table, at most. */
export const LISTED_ROWS = 10
const WORDS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'all'] as const

/** The keys of the largest scores, to go and look at. '' where no scores are known. */
export function topTable(head: HeadReport, layout: Layout, noun: string): string {
  const { attended, softmax, power, epsilon, p, names } = head
  const { rows: top, isByPairs } = topOf(head)
  if (top.length === 0) return ''
  const most = attended && new Set(attended)
  const columns: Column[] = [
    { head: noun, cell: ({ key }) => count(key) },
    ...(names && top.every(({ key }) => names.has(key)) ? [nameColumn(names)] : []),
    ...placeColumns(layout),
    ...(isByPairs ? [] : [{ head: scoreWord(head), cell: ({ score }: Row) => share(score) }]),
    ...(power
      ? [{ head: `${attentionHtml(p)} pairs &ge; ${plain(epsilon)}`, cell: pairsOf(power.byKey) }]
      : []),
    ...(softmax ? [{ head: `softmax pairs &ge; ${plain(epsilon)}`, cell: pairsOf(softmax.byKey) }] : []),
    ...(most && top.some(({ key }) => most.has(key))
      ? [{ head: 'most attended', cell: ({ key }: Row) => (most.has(key) ? 'yes' : '') }]
      : []),
  ]
  const rows = top.map(
    (row) =>
      `<tr>${columns.map(({ cell, isWord }) => `<td class="${isWord ? 'word' : 'n'}">${cell(row)}</td>`).join('')}</tr>`,
  )
  const heads = columns
    .map(({ head: text, isWord }) => `<th${isWord ? ' class="word"' : ''}>${text}</th>`)
    .join('')
  return (
    `<figure data-plot="top"><figcaption>${escaped(titleOf(top, most, noun, isByPairs ? undefined : scoreWord(head), isByPairs ? 0 : (head.scores?.tied ?? 0)))}</figcaption><div>` +
    `<table class="small${columns.length < 4 ? ' few' : ''}"><thead><tr>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div></figure>`
  )
}

interface Row {
  readonly key: number
  readonly score: number
}

interface Column {
  readonly head: string
  readonly cell: (row: Row) => string
  readonly isWord?: boolean
}

function nameColumn(names: ReadonlyMap<number, string>): Column {
  return { head: 'name', cell: ({ key }) => escaped(names.get(key) ?? ''), isWord: true }
}

function placeColumns(layout: Layout): Column[] {
  if (layout.kind === 'tokens')
    return [
      {
        head: 'token',
        cell: ({ key }) => escaped(layout.tokens[key].replaceAll(/[Ġ▁]/g, ' ').trim()),
        isWord: true,
      },
    ]
  if (layout.kind === 'rows') return []
  const { prefix, width } = layout
  return [
    {
      head: 'row, column',
      cell: ({ key }) =>
        key < prefix ? 'prefix' : `${Math.floor((key - prefix) / width)}, ${(key - prefix) % width}`,
    },
  ]
}

function pairsOf(byKey: ReadonlyMap<number, number>): (row: Row) => string {
  return ({ key }) => count(byKey.get(key) ?? 0)
}

/** The keys of the largest scores; where bounds are all the same the keys of most pairs. */
function topOf({ scores, power }: HeadReport): { rows: readonly Row[]; isByPairs: boolean } {
  const rows = scores?.top.slice(0, LISTED_ROWS) ?? []
  const isTied = rows.length === LISTED_ROWS && rows[LISTED_ROWS - 1].score === rows[0].score
  if (!isTied || !power || power.pairs === 0) return { rows, isByPairs: false }
  const byPairs = [...power.byKey].sort(([a, one], [b, other]) => other - one || a - b)
  return {
    rows: byPairs.slice(0, LISTED_ROWS).map(([key, pairs]) => ({ key, score: pairs })),
    isByPairs: true,
  }
}

function titleOf(
  top: readonly Row[],
  most: ReadonlySet<number> | undefined,
  noun: string,
  word: 'score' | 'bound' | undefined,
  tied: number,
): string {
  if (tied > top.length)
    return `${counted(tied, noun)} have ${word} ${share(top[0].score)}, which says nothing of their order: ${count(top.length)} of them`
  const which = word === undefined ? `${noun}s of most pairs` : `highest ${word}s`
  if (!most)
    return `The ${count(top.length)} ${word === undefined ? which : `${noun}s of the largest ${word}s`}`
  const shared = top.filter(({ key }) => most.has(key)).length
  const part = shared === top.length ? 'all' : (WORDS[shared] ?? count(shared))
  return `Of the ${count(top.length)} ${which} ${part} ${shared === 1 ? 'is' : 'are'} among the ${count(most.size)} most attended keys`
}
