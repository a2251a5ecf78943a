import { count, counted, escaped, plain, share } from '../draw/numbers.ts'
import {
  fallOf,
  helpingEpsilon,
  type HeadReport,
  isLoose,
  isOfPower,
  keyCountOf,
  type ReportFacts,
  scoreWord,
} from '../facts/report-facts.ts'
import type { ScoreFacts } from '../facts/score-shape.ts'
import { medianOf } from '../facts/selections.ts'
import { highLeverage } from '../../tasks/high-leverage.ts'
import { attentionHtml, directionHtml } from './cells.ts'
import { chanceText, largestChance } from './chance-text.ts'
import { sizeOf, totalName } from './head-lead.ts'
import { type Answer, canStandIn, howMuch } from './mass-answers.ts'
import { LISTED_ROWS } from './top-table.ts'

/** The questions that a report answers, those of which something is known. */
export function answers(facts: ReportFacts): string {
  const shown = answersOf(facts).map(([question, html]) => `<dt>${question}</dt><dd>${html}</dd>`)
  return `<dl>${shown.join('')}</dl>`
}

/** As `answers`, as words alone. */
export function plainAnswers(facts: ReportFacts): { question: string; answer: string }[] {
  return answersOf(facts).map(([question, html]) => ({ question, answer: withoutMarkup(html) }))
}

function answersOf(facts: ReportFacts): Answer[] {
  const told = [
    whichMatter(facts),
    whichHelps(facts),
    whichAreHigh(facts),
    isNoneMissed(facts),
    whichPairs(facts),
    howMuch(facts),
    canStandIn(facts),
    areAlike(facts),
  ]
  return told.filter((answer) => answer !== undefined)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&middot;': '·',
  '&sup2;': '²',
  '&sup3;': '³',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&amp;': '&',
}

function withoutMarkup(html: string): string {
  return html
    .replaceAll('<sup>', '^')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&[a-z0-9]+;/g, (entity) => ENTITIES[entity] ?? entity)
}

interface Sized {
  readonly head: HeadReport
  readonly size: number
  readonly part: number
}

function sized(heads: readonly HeadReport[]): Sized[] {
  return heads.flatMap((head) => {
    const size = sizeOf(head)
    return size === undefined
      ? []
      : [{ head, size, part: keyCountOf(head) === 0 ? 0 : size / keyCountOf(head) }]
  })
}

function whichMatter({ heads, noun }: ReportFacts): Answer | undefined {
  const found = sized(heads).toSorted((a, b) => a.part - b.part)
  if (found.length === 0) return undefined
  const { epsilon, p } = heads[0]
  const others =
    noun === 'row'
      ? `of ${directionHtml(heads[0])} in <em>any</em> direction b`
      : `of the ${attentionHtml(p)} attention of <em>any</em> query`
  const question = `Which ${noun}s can matter at all?`
  const [least, most] = [found[0], found[found.length - 1]]
  const of = ({ head, size }: Sized) => `${count(size)} of ${count(keyCountOf(head))}, ${escaped(head.name)}`
  const lead =
    found.length === 1
      ? `At epsilon ${plain(epsilon)}, ${allOrSome(least, noun)}.${topSentence(least, noun)}`
      : `At epsilon ${plain(epsilon)}, <b>${partOf(medianOf(found.map(({ part }) => part)), noun)}</b> in the median ${noun === 'row' ? 'matrix' : 'head'}: from ${share(least.part)} (${of(least)}) to ${share(most.part)} (${of(most)}).`
  const used = found.length === 1 ? usedSentence(least.head) : ''
  const chance = largestChance(heads.map(({ setChance }) => setChance))
  const but = chance ? `, ${chanceText(chance)}${eachHead(heads)}` : ''
  const isEmpty = found.length === 1 && least.size === 0
  const whom = isEmpty ? `No ${noun} can` : 'The others cannot'
  const rest = least.part < 1 ? ` ${whom} take ${plain(epsilon)} ${others}${but}.` : ''
  const below = found.filter(({ head }) => isBelowPromise(head))
  const short = below.length
  const total = below.some(({ head }) => totalName(head) === 'rank') ? 'rank' : 'd'
  const promised =
    short === 0
      ? ''
      : found.length === 1
        ? ` n is below ${total}/epsilon, where it is not promised that U is smaller than n.`
        : ` In ${counted(short, 'head')} n is below ${total}/epsilon, where it is not promised that U is smaller than n.`
  return [question, lead + used + rest + promised]
}

/** What U is of any query, the pairs are of these. */
function usedSentence({ power, epsilon }: HeadReport): string {
  if (!power) return ''
  return power.keys === 0
    ? ` None of these queries gives a key ${plain(epsilon)}.`
    : ` These queries give ${plain(epsilon)} or more to ${counted(power.keys, 'key')}.`
}

function allOrSome({ head, size, part }: Sized, noun: string): string {
  const n = counted(keyCountOf(head), noun)
  if (size === 0) return `<b>none of ${n}</b>`
  return part === 1 ? `<b>all ${n}</b>` : `<b>${count(size)} of ${n}</b> (${share(part)})`
}

/** How many of the largest are named. */
const NAMED = 3

function topSentence({ head, size, part }: Sized, noun: string): string {
  const { scores, names } = head
  const top = scores?.top.filter(({ score }) => score > 0).slice(0, NAMED) ?? []
  if (!scores || top.length < NAMED || size === 0 || part === 1) return ''
  if (scores.tied > NAMED)
    return ` ${tiedKeys(scores, noun)} ${scoreWord(head)} ${share(top[0].score)}, which says nothing of their order.`
  const named = top.map(({ key }) => keyName(key, names))
  return ` ${nounOf(noun)} ${named.slice(0, -1).join(', ')} and ${named.at(-1)} have the largest ${scoreWord(head)}s.`
}

/** 'Rows', in front of their names. */
function nounOf(noun: string): string {
  return `${noun[0].toUpperCase()}${noun.slice(1)}s`
}

/** Keys of one score as people name them: 'The first 40 keys have'. */
function tiedKeys({ tied, top }: ScoreFacts, noun: string): string {
  const areFirst = tied <= top.length && top.slice(0, tied).every(({ key }, i) => key === i)
  return areFirst ? `The first ${counted(tied, noun)} have` : `${counted(tied, noun)} have`
}

/** The row as its table calls it, and by its number. */
function keyName(key: number, names: HeadReport['names']): string {
  const name = names?.get(key)
  return name === undefined ? count(key) : `${escaped(name)} (${count(key)})`
}

/** 1 of the keys would be one key. */
function partOf(part: number, noun: string): string {
  return part === 1 ? `all ${noun}s` : `${share(part)} of the ${noun}s`
}

function isBelowPromise(head: HeadReport): boolean {
  const { rank, d, epsilon, isCausal, p } = head
  const total = rank ?? d
  return !isCausal && p <= 2 && total !== undefined && keyCountOf(head) < total / epsilon
}

/** Where most keys pass, the epsilon at which few do. */
function whichHelps({ heads, noun }: ReportFacts): Answer | undefined {
  const found = sized(heads).filter(({ head }) => head.scores !== undefined)
  if (found.length === 0 || medianOf(found.map(({ part }) => part)) <= 0.5) return undefined
  const { epsilon } = heads[0]
  const helping = found
    .map(({ head }) => (head.scores && helpingEpsilon(head.scores)) ?? Infinity)
    .toSorted((a, b) => a - b)
  const middle = helping[helping.length >> 1]
  const question = 'Which epsilon would help?'
  const where = found.length === 1 ? '' : ' in half of the heads'
  const tenth = `a tenth of the ${noun}s or fewer${where}`
  const fall = found.length === 1 && found[0].head.scores ? fallOf(found[0].head.scores) : undefined
  if (middle === Infinity && fall)
    return [
      question,
      `None: epsilon ${plain(fall.last)} keeps ${count(fall.size)} of ${counted(keyCountOf(found[0].head), noun)}, and ${plain(fall.empty)} none.`,
    ]
  if (middle === Infinity && found.some(({ head }) => head.scores && fallOf(head.scores)))
    return [question, `None that keeps some, and a tenth or fewer of the ${noun}s,${where}.`]
  if (middle === Infinity) {
    const why = isLoose(found[0].head) ? ': these bounds are loose' : ''
    return [question, `None: even at 0.99 more than a tenth of the ${noun}s stay in U${where}${why}.`]
  }
  const [{ head, part }] = found
  const left = head.scores?.sizes.get(middle) ?? 0
  const kept = found.length === 1 ? `${count(left)} of ${counted(keyCountOf(head), noun)}` : tenth
  const passing = found.length === 1 && part === 1 ? `every ${noun} passes` : `most ${noun}s pass`
  return [question, `At ${plain(epsilon)} ${passing}; <b>epsilon ${plain(middle)}</b> keeps ${kept}.`]
}

/** Of a table with more rows of high leverage than a page lists: how many, and what lists them. */
function whichAreHigh({ heads, noun, scoredBy }: ReportFacts): Answer | undefined {
  const [{ kind, rank = 0, scores }] = heads
  if (noun !== 'row' || kind !== 'leverage' || scores === undefined || scoredBy === undefined)
    return undefined
  const { n, sizes } = scores
  const high = sizes.get(highLeverage(rank, n)[0] ?? 0) ?? 0
  if (high <= LISTED_ROWS) return undefined
  const awk = `awk -F, 'NR > 1 && $NF >= 2 * ${rank} / ${n}' leverage.csv`
  return [
    'Which rows have high leverage?',
    `<b>${counted(high, 'row')}</b> reach 2 rank/n, the rank being ${count(rank)}. <code>${escaped(scoredBy)}</code>, then <code>${escaped(awk)}</code>, lists them.`,
  ]
}

function isNoneMissed({ heads, triedBy }: ReportFacts): Answer | undefined {
  const found = heads.filter(({ power }) => power !== undefined)
  if (found.length === 0) return undefined
  const pairs = found.reduce((sum, { power }) => sum + (power?.pairs ?? 0), 0)
  const undecided = found.reduce((sum, { uncertifiedQueries = 0 }) => sum + uncertifiedQueries, 0)
  const { epsilon, p } = found[0]
  const what = `${attentionHtml(p)} attention of ${plain(epsilon)} or more`
  const question = 'Is any heavy pair missed?'
  const chance = largestChance(found.map(({ pairChance }) => pairChance))
  const but = chance && chance !== 'untold' ? `, ${chanceText(chance)}${eachHead(found)}` : ''
  // Of estimates a pair is listed unless it is known to lie below.
  const isOfEstimates = found.some(({ pairChance }) => pairChance !== 'untold' && pairChance?.by === 'draws')
  const below = isOfEstimates
    ? ` (${counted(pairs, 'pair')}, every one that these draws do not show to lie below: scores are estimates, and some lie below ${plain(epsilon)})`
    : `: ${count(pairs)}`
  const tried = triedBy
    ? `; ${triedBy.map((line) => `<code>${escaped(line)}</code>`).join(', then ')}, tries them against brute force`
    : ''
  if (undecided > 0)
    return [
      question,
      `<b>${counted(undecided, 'query')}</b> could not be decided; of all others every pair with ${what} is found${but}${below}.`,
    ]
  if (chance === 'untold')
    return [
      question,
      `<b>None, if its scores are exact</b>: the file lists ${counted(pairs, 'pair')}, and does not say how they were made. Of estimates a pair is missed with a probability that their run told, and some that are listed lie below ${plain(epsilon)}.`,
    ]
  if (chance) return [question, `<b>None</b>${but}. Every pair with ${what} is found${below}${tried}.`]
  const all =
    pairs === 0
      ? `No pair has ${what}`
      : pairs === 1
        ? `The one pair with ${what} is found`
        : `${pairs === 2 ? 'Both' : `All ${count(pairs)}`} pairs with ${what} are found`
  return [question, `<b>None</b>, by a bound that holds for every query, not by a sample. ${all}${tried}.`]
}

/** A probability is that of a head. */
function eachHead(heads: readonly HeadReport[]): string {
  return heads.length > 1 ? ', in each head' : ''
}

/** Where softmax stands alone: beside |q·k|^p the two are told together. */
function whichPairs({ heads }: ReportFacts): Answer | undefined {
  if (heads.some(isOfPower)) return undefined
  const found = heads.flatMap(({ softmax }) => softmax ?? [])
  if (found.length === 0) return undefined
  const question = 'Which pairs are heavy by softmax?'
  const { epsilon } = found[0]
  const what = `${plain(epsilon)} or more of its query's softmax attention`
  const pairs = found.reduce((sum, one) => sum + one.pairs, 0)
  if (pairs === 0) return [question, `<b>None</b>: no pair takes ${what}.`]
  const queries = found.reduce((sum, { m }) => sum + m, 0)
  const largest = Math.max(...found.map((one) => one.largest))
  const lead = `<b>${counted(pairs, 'pair')}</b> of ${counted(queries, 'query')}: each takes ${what}, and no other does. The heaviest takes ${share(largest)}.`
  if (found.length > 1) return [question, lead]
  const [{ keys, halfKeys }] = found
  const half = halfKeys < keys ? `, half of them on ${counted(halfKeys, 'key')}` : ''
  return [question, `${lead} They lie on ${counted(keys, 'key')}${half}.`]
}

function areAlike({ heads }: ReportFacts): Answer | undefined {
  const both = heads.filter(({ power, softmax }) => power && softmax)
  if (both.length === 0) return undefined
  const sum = (of: (head: HeadReport) => number | undefined) =>
    both.reduce((total, head) => total + (of(head) ?? 0), 0)
  const [power, softmax, shared] = [
    sum((head) => head.power?.pairs),
    sum((head) => head.softmax?.pairs),
    sum((head) => head.sharedPairs),
  ]
  const union = power + softmax - shared
  const word =
    union === 0
      ? 'Neither has a heavy pair'
      : shared / union >= 0.9
        ? 'Nearly'
        : shared / union >= 0.5
          ? 'In part'
          : 'No'
  return [
    'Are the two attentions alike?',
    `<b>${word}.</b> ${counted(softmax, 'pair')} ${softmax === 1 ? 'is' : 'are'} softmax-heavy, ${count(power)} ${attentionHtml(both[0].p)}-heavy, ${count(shared)} both. U is a guarantee for the second alone; for softmax it is a rule to be measured, as here.`,
  ]
}
