import { count, counted, escaped, plain, share } from '../draw/numbers.ts'
import {
  helpingEpsilon,
  type HeadReport,
  isOfPower,
  keyCountOf,
  type ReportFacts,
  scoreWord,
} from '../facts/report-facts.ts'
import { errorOf, massOf, medianOf, SELECTIONS } from '../facts/selections.ts'
import { attentionHtml, directionHtml } from './cells.ts'
import { sizeOf } from './head-lead.ts'

/** One question, and what was found. */
type Answer = readonly [question: string, html: string]

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
      ? `of ${directionHtml(p)} in <em>any</em> direction y`
      : `of the ${attentionHtml(p)} attention of <em>any</em> query`
  const question = `Which ${noun}s can matter at all?`
  const [least, most] = [found[0], found[found.length - 1]]
  const of = ({ head, size }: Sized) => `${count(size)} of ${count(keyCountOf(head))}, ${escaped(head.name)}`
  const lead =
    found.length === 1
      ? `At epsilon ${plain(epsilon)}, ${allOrSome(least, noun)}.${topSentence(least, noun)}`
      : `At epsilon ${plain(epsilon)}, <b>${partOf(medianOf(found.map(({ part }) => part)), noun)}</b> in the median ${noun === 'row' ? 'matrix' : 'head'}: from ${share(least.part)} (${of(least)}) to ${share(most.part)} (${of(most)}).`
  const used =
    found.length === 1 && least.head.power ? ` With these queries ${count(least.head.power.keys)} do.` : ''
  const rest = least.part < 1 ? ` The others cannot take ${plain(epsilon)} ${others}.` : ''
  const short = found.filter(({ head }) => isBelowPromise(head)).length
  const promised =
    short === 0
      ? ''
      : found.length === 1
        ? ' n is below d/epsilon, where nothing is promised.'
        : ` In ${counted(short, 'head')} n is below d/epsilon, where nothing is promised.`
  return [question, lead + rest + used + promised]
}

function allOrSome({ head, size, part }: Sized, noun: string): string {
  const n = counted(keyCountOf(head), noun)
  return part === 1 ? `<b>all ${n}</b>` : `<b>${count(size)} of ${n}</b> (${share(part)})`
}

/** How many of the largest are named. */
const NAMED = 3

function topSentence({ head, size, part }: Sized, noun: string): string {
  const { scores, names } = head
  const top = scores?.top.filter(({ score }) => score > 0).slice(0, NAMED) ?? []
  if (top.length < NAMED || size === 0 || part === 1) return ''
  return ` The largest ${scoreWord(head)}s have ${noun}s ${top.map(({ key }) => keyName(key, names)).join(', ')}.`
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
  if (middle === Infinity) return [question, `None below 1 keeps ${tenth}.`]
  const [{ head, part }] = found
  const left = head.scores?.sizes.get(middle) ?? 0
  const kept = found.length === 1 ? `${count(left)} of ${counted(keyCountOf(head), noun)}` : tenth
  const passing = found.length === 1 && part === 1 ? `every ${noun} passes` : `most ${noun}s pass`
  return [question, `At ${plain(epsilon)} ${passing}; <b>epsilon ${plain(middle)}</b> keeps ${kept}.`]
}

function isNoneMissed({ heads }: ReportFacts): Answer | undefined {
  const found = heads.filter(({ power }) => power !== undefined)
  if (found.length === 0) return undefined
  const pairs = found.reduce((sum, { power }) => sum + (power?.pairs ?? 0), 0)
  const undecided = found.reduce((sum, { uncertifiedQueries = 0 }) => sum + uncertifiedQueries, 0)
  const { epsilon, p } = found[0]
  const what = `${attentionHtml(p)} attention of ${plain(epsilon)} or more`
  if (undecided > 0)
    return [
      'Is any heavy pair missed?',
      `<b>${counted(undecided, 'query')}</b> could not be decided; of all others every pair with ${what} is found: ${count(pairs)}.`,
    ]
  const all =
    pairs === 0
      ? `No pair has ${what}`
      : pairs === 1
        ? `The one pair with ${what} is found`
        : `All ${count(pairs)} pairs with ${what} are found`
  return [
    'Is any heavy pair missed?',
    `<b>None</b>, by a bound that holds for every query, not by a sample. ${all}; <code>levattention verify</code> tries them against brute force.`,
  ]
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

function howMuch({ heads, keep, sample }: ReportFacts): Answer | undefined {
  const told = SELECTIONS.flatMap(({ select, told: nameOf }) => {
    const masses = heads.flatMap(({ coverage }) => massOf(coverage, select, keep) ?? [])
    return masses.length === 0 ? [] : [{ select, name: nameOf(keep), mass: medianOf(masses) }]
  })
  const leverage = told.find(({ select }) => select === 'leverage')
  if (told.length === 0) return undefined
  const others = told.filter((one) => one !== leverage).toReversed()
  const lead = leverage ? `Chosen by leverage <b>${share(leverage.mass)}</b>, ` : ''
  const many = heads.length > 1 ? ` (medians of ${counted(heads.length, 'head')})` : ''
  const drawn = sample
    ? `, over ${count(sample.rows)} of ${count(sample.of)} queries${heads.length > 1 ? ' a head' : ''}, drawn without replacement`
    : ''
  return [
    `How much of the softmax do ${count(keep)} keys hold?`,
    `${lead}${others.map(({ name, mass }) => `${name} ${share(mass)}`).join(', ')}${many}${drawn}.`,
  ]
}

/** Relative output errors up to which leverage nearly does, and does in part. */
const [NEARLY, IN_PART] = [0.1, 0.3] as const

function canStandIn({ heads, keep }: ReportFacts): Answer | undefined {
  const errors = (select: string) => heads.flatMap(({ coverage }) => errorOf(coverage, select, keep) ?? [])
  const [leverage, norm, random] = [errors('leverage'), errors('norm-max'), errors('random')]
  if (leverage.length === 0) return undefined
  const error = medianOf(leverage)
  const word = error <= NEARLY ? 'Yes, nearly' : error <= IN_PART ? 'In part' : 'Not as it stands'
  const where = heads.length > 1 ? 'median head; ' : ''
  const beside = [
    ...(norm.length > 0 ? [`by norm ${share(medianOf(norm))}`] : []),
    ...(random.length > 0 ? [`with any ${count(keep)} keys ${share(medianOf(random))}`] : []),
  ]
  return [
    `Can ${count(keep)} keys by leverage stand in for all?`,
    `<b>${word}</b>: the output is off by ${share(error)} of its own length (${where}${beside.join(', ')}).${baselineSentence(heads, keep)}`,
  ]
}

/** Which of the cheap rules wins, named. */
function baselineSentence(heads: readonly HeadReport[], keep: number): string {
  const both = heads.flatMap(({ coverage }) => {
    const [leverage, norm, random] = ['leverage', 'norm-max', 'random'].map((select) =>
      massOf(coverage, select, keep),
    )
    return leverage === undefined || norm === undefined || random === undefined
      ? []
      : [{ leverage, norm, random }]
  })
  if (both.length === 0) return ''
  const beaten = both.filter(({ leverage, norm }) => norm > leverage).length
  const few = both.filter(({ leverage, random }) => leverage <= 1.5 * random).length
  if (both.length === 1) {
    const [{ leverage, norm, random }] = both
    const winner =
      norm > leverage
        ? 'The key norm, which costs less, holds more'
        : 'They hold more than those of the largest norm'
    const close = leverage <= 1.5 * random
    const beside = `${norm > leverage ? '; leverage holds' : ', and'} less than 1.5 times what any ${count(keep)} keys hold`
    return ` ${winner}${close ? beside : ''}.`
  }
  return ` The key norm, which costs less, holds more than leverage in ${count(beaten)} of ${counted(both.length, 'head')}, and in ${count(few)} leverage holds less than 1.5 times what any ${count(keep)} keys hold.`
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
