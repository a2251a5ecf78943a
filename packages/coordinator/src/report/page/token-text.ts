import { count, escaped, plain } from '../draw/numbers.ts'
import { PALE_SHADES } from '../draw/palette.ts'
import { levelOfPairs, shadeScale } from '../plots/shade-cells.ts'
import { attentionHtml } from './cells.ts'
import { sizeOf } from './head-lead.ts'
import type { HeadReport } from '../facts/report-facts.ts'

/** Words of a longer text are a wall: so many from its beginning are shown. */
const MOST_TOKENS = 2048

/** The text with the keys of U marked, a stronger shade for a larger score, and those most attended underlined. '' without scores of each key. */
export function tokenText(head: HeadReport, tokens: readonly string[]): string {
  const marking = markingOf(head)
  if (!marking) return ''
  const { attended } = head
  const most = new Set(attended)
  const shown = tokens.slice(0, MOST_TOKENS)
  const isMarked = shown.some((token) => /^[Ġ▁ ]/.test(token) || token.startsWith('##'))
  const words = shown.map((token, key) => {
    const level = marking.levelOf(key)
    const classes = [...(level < 0 ? [] : [`s${level}`]), ...(most.has(key) ? ['most'] : [])]
    const { space, text } = wordOf(token, isMarked)
    const word = escaped(text)
    return `${key > 0 && space ? ' ' : ''}${classes.length === 0 ? word : `<span class="${classes.join(' ')}" title="key ${key}">${word}</span>`}`
  })
  const shades = PALE_SHADES.slice(PALE_SHADES.length - marking.from.length).map(
    (shade) => `<i class="sw b-leverage" style="opacity:${shade}"></i>`,
  )
  const rest =
    tokens.length > MOST_TOKENS ? ` The first ${count(MOST_TOKENS)} of ${count(tokens.length)} tokens.` : ''
  const underlined = attended
    ? ` <i class="sw under"></i> underlined: one of the ${count(attended.length)} most attended keys.`
    : ''
  const marked = shown.filter((_, key) => marking.levelOf(key) >= 0).length
  return (
    `<figure class="full" data-plot="tokens"><figcaption>${count(marked)} of ${count(shown.length)} tokens ${marking.told}: the shaded ones</figcaption>` +
    `<div><p class="tokens">${words.join('')}</p><p class="note">${marking.what}: ${shades.join('')} from ${marking.from.join(', ')}; no shade: none.${underlined}${rest}</p></div></figure>`
  )
}

/** What a token is marked by. */
interface Marking {
  readonly told: string
  readonly what: string
  readonly from: readonly string[]
  /** 0 to 4, stronger; -1: plain. */
  readonly levelOf: (key: number) => number
}

/** By scores; where U leaves little out by the queries that give a key epsilon. Undefined where neither is known of each key. */
function markingOf(head: HeadReport): Marking | undefined {
  const { scores, epsilon, n, power, p } = head
  const at = plain(epsilon)
  if (power && power.pairs > 0 && (sizeOf(head) ?? 0) > n / 2)
    return {
      told: `take ${at} of the ${attentionHtml(p)} attention of some query`,
      what: 'Queries that give the token so much',
      from: ['1', '3', '8', '23', '64'],
      levelOf: (key) => levelOfPairs(power.byKey.get(key) ?? 0),
    }
  // A cell of a long text holds several keys.
  if (!scores || scores.cells.length < n) return undefined
  const shades = shadeScale(scores.cells.subarray(0, n), epsilon)
  return {
    told: `could take ${at} of a query's attention`,
    what: head.kind === 'leverage' ? 'Score' : 'Bound of the score',
    from: shades.from.map(plain),
    levelOf: (key) => shades.levelOf(scores.cells[key]),
  }
}

/** A token as a reader has it: of tokenizers that mark the beginning of a word, those that go on one, and line ends. */
function wordOf(token: string, isMarked: boolean): { space: boolean; text: string } {
  const visible = token.replaceAll('Ċ', '\n').replaceAll('\n', '⏎')
  if (!isMarked) return { space: true, text: visible }
  if (visible.startsWith('##')) return { space: false, text: visible.slice(2) }
  const isStart = /^[Ġ▁ ]/.test(visible)
  return { space: isStart || /^\[\w+\]$/.test(visible), text: isStart ? visible.slice(1) : visible }
}
