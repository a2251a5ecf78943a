import { causalBoundsText } from '../../job/summarize.ts'
import { count, counted, plain, share, withError } from '../draw/numbers.ts'
import {
  fallOf,
  helpingEpsilon,
  type HeadReport,
  isLoose,
  keyCountOf,
  scoreWord,
} from '../facts/report-facts.ts'
import { massOf, NORMS, standardErrorOf } from '../facts/selections.ts'
import { attentionHtml, directionHtml } from './cells.ts'
import { chanceText } from './chance-text.ts'

/** What is found of a head, in a few sentences, before its plots. */
export function headLead(head: HeadReport, keep: number, noun: string): string {
  const sentences = [
    sizeSentence(head, noun),
    chanceSentence(head),
    promiseSentence(head),
    nearRankSentence(head),
    ...helpSentence(head, noun),
    ...tieSentence(head, noun),
    ...causalSentence(head),
  ]
  return [...sentences, ...massSentence(head, keep), ...listsSentence(head)]
    .filter((one) => one !== '')
    .join(' ')
}

/** |U| at the report's epsilon; undefined where neither a set nor scores are known. */
export function sizeOf({ universalSize, scores, epsilon }: HeadReport): number | undefined {
  return universalSize ?? scores?.sizes.get(epsilon)
}

function sizeSentence(head: HeadReport, noun: string): string {
  const { epsilon, scores, p, kind } = head
  const n = keyCountOf(head)
  const size = sizeOf(head)
  if (size === undefined) return ''
  const at = plain(epsilon)
  const of =
    noun === 'row'
      ? `of ${directionHtml(head)} in ${kind === 'leverage' ? 'some' : 'any'} direction b`
      : `of a query's ${attentionHtml(p)} attention`
  const part = size === n && n > 0 ? 'all' : `${share(n === 0 ? 0 : size / n)} of all`
  const largest = scores && scores.largest > 0 ? `; largest ${scoreWord(head)} ${share(scores.largest)}` : ''
  if (kind === 'leverage')
    return `<b>${count(size)} of ${counted(n, noun)} could take ${at} ${of}</b> (|U| = ${count(size)}, ${part}${largest}).`
  const others = size === n ? `no bound rules a ${noun} out` : `no other can take ${at} ${of}`
  return `<b>U holds ${count(size)} of ${counted(n, noun)}: ${others}</b> (${part}${largest}).`
}

/** Of sketches: what the sentence before holds with. */
function chanceSentence(head: HeadReport): string {
  const { setChance } = head
  return setChance === undefined || sizeOf(head) === undefined ? '' : `That holds ${chanceText(setChance)}.`
}

/** What the scores sum to: the rank, which is d where the columns are independent. */
export function totalName({ rank, d }: Pick<HeadReport, 'rank' | 'd'>): 'rank' | 'd' {
  return rank !== undefined && rank !== d ? 'rank' : 'd'
}

/** What the theorem allows, where it says anything of this head. */
function promiseSentence(head: HeadReport): string {
  const { rank, d, epsilon, isCausal, p, kind, setChance } = head
  const n = keyCountOf(head)
  const total = rank ?? d
  // Of pairs alone, and of softmax, there is no U to promise anything of.
  if (sizeOf(head) === undefined) return ''
  if (isCausal || p > 2 || kind === 'ridge' || setChance || total === undefined) return ''
  const most = total / epsilon
  const name = totalName(head)
  return most > n
    ? `n = ${count(n)} is below ${name}/epsilon = ${count(Math.round(most))}, where the theorem does not promise that U is smaller than n.`
    : `The theorem allows at most ${name}/epsilon = ${count(Math.round(most))}.`
}

/** Of columns that depend on one another but for little: whose rank it is, and what others take it for. */
function nearRankSentence({ rank, plainRank }: HeadReport): string {
  if (rank === undefined || plainRank === undefined) return ''
  return `The rank is ${count(rank)} as far as sums in float64 tell, and ${count(plainRank)} for programs that take such differences for rounding, as R's lm does: see Warnings.`
}

/** At an epsilon that keeps nearly all nothing is gained: which one would help. */
function helpSentence(head: HeadReport, noun: string): string[] {
  const { scores, epsilon } = head
  const n = keyCountOf(head)
  const size = sizeOf(head) ?? 0
  if (!scores || n === 0 || size <= n / 2) return []
  const helping = helpingEpsilon(scores)
  const fall = fallOf(scores)
  if (helping === undefined && fall)
    return [`Epsilon ${plain(fall.last)} would keep ${count(fall.size)}, and ${plain(fall.empty)} none.`]
  if (helping === undefined)
    return [
      `Even at epsilon 0.99 more than a tenth of the ${noun}s stay in U${isLoose(head) ? ': these bounds are loose' : ''}.`,
    ]
  const left = scores.sizes.get(helping) ?? 0
  return helping <= epsilon ? [] : [`<b>Epsilon ${plain(helping)} would keep ${count(left)}</b>.`]
}

function tieSentence(head: HeadReport, noun: string): string[] {
  const n = keyCountOf(head)
  if (head.rank !== n || n === 0) return []
  return [
    `<b>The ${noun}s are independent: every score is 1, leverage ranks nothing and ties go by row id.</b>`,
  ]
}

function causalSentence({ isCausal, coverage, p, d }: HeadReport): string[] {
  if (!isCausal) return []
  const ranked = coverage ? ' Selections are ranked over all keys, the future included.' : ''
  const loosely = p > 2 ? ' Where p is above 2 they are loose.' : ''
  return [`Causal: ${causalBoundsText(d)}.${loosely}${ranked}`]
}

function massSentence({ coverage }: HeadReport, keep: number): string[] {
  const [leverage, longest, shortest, random] = ['leverage', ...NORMS, 'random'].map((select) =>
    massOf(coverage, select, keep),
  )
  if (leverage === undefined) return []
  const text = (select: string, mass: number) => withError(mass, standardErrorOf(coverage, select, keep))
  const others = [
    ...(longest === undefined ? [] : [`of largest norm ${text('norm-max', longest)}`]),
    ...(shortest === undefined ? [] : [`of smallest norm ${text('norm-min', shortest)}`]),
    ...(random === undefined ? [] : [`${count(keep)} drawn at random ${text('random', random)}`]),
  ]
  return [
    `By softmax, ${count(keep)} keys of largest leverage hold ${text('leverage', leverage)}${others.length > 0 ? `, ${others.join(', ')}` : ''}.`,
  ]
}

function listsSentence({ power, softmax, sharedPairs, epsilon, p }: HeadReport): string[] {
  if (softmax && !power)
    return [
      softmax.pairs === 0
        ? `No pair takes ${plain(softmax.epsilon)} of a query's softmax attention.`
        : `${counted(softmax.pairs, 'pair')} on ${counted(softmax.keys, 'key')} take${softmax.pairs === 1 ? 's' : ''} ${plain(softmax.epsilon)} or more of ${softmax.pairs === 1 ? 'its' : 'their'} query's softmax attention.`,
    ]
  if (!power || !softmax) return []
  const [of, at] = [attentionHtml(p), plain(epsilon)]
  if (power.pairs === 0 && softmax.pairs === 0) return [`No pair reaches ${at} under either attention.`]
  if (power.pairs === 0)
    return [`No pair reaches ${at} of the ${of} attention; ${count(softmax.pairs)} do by softmax.`]
  if (softmax.pairs === 0) return [`No pair reaches ${at} by softmax; ${count(power.pairs)} do of ${of}.`]
  const shared = sharedPairs ?? 0
  const union = power.pairs + softmax.pairs - shared
  return [
    `The two lists of heavy pairs (${count(power.pairs)} by ${of}, ${count(softmax.pairs)} by softmax) share ${count(shared)}: Jaccard ${share(shared / union)}.`,
  ]
}
