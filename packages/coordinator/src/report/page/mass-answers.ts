import { count, counted, estimated, share, withError } from '../draw/numbers.ts'
import type { HeadReport, ReportFacts } from '../facts/report-facts.ts'
import {
  CHEAP,
  errorOf,
  heldBy,
  keysText,
  marginOf,
  massOf,
  medianOf,
  NORMS,
  selectionsOf,
  standardErrorOf,
} from '../facts/selections.ts'

/** One question, and what was found. */
export type Answer = readonly [question: string, html: string]

/** How much of the softmax selections hold. */
export function howMuch({ heads, keep, sample }: ReportFacts): Answer | undefined {
  const told = selectionsOf(heads[0]).flatMap(({ select, told: nameOf }) => {
    const masses = heads.flatMap(({ coverage }) => massOf(coverage, select, keep) ?? [])
    const error = Math.max(0, ...heads.map(({ coverage }) => standardErrorOf(coverage, select, keep)))
    return masses.length === 0 ? [] : [{ name: nameOf(keep), select, error, mass: medianOf(masses) }]
  })
  const leverage = told.find(({ select }) => select === 'leverage')
  if (told.length === 0) return undefined
  const others = told.filter((one) => one !== leverage).toReversed()
  // Of one head each mass has its own error; of several the largest is told of all.
  const text = ({ mass, error }: { readonly mass: number; readonly error: number }) =>
    heads.length > 1 || error === 0 ? estimated(mass, error) : withError(mass, error)
  const lead = leverage ? `Chosen by leverage <b>${text(leverage)}</b>, ` : ''
  const many = heads.length > 1 ? ` (medians of ${counted(heads.length, 'head')})` : ''
  const drawn = sample
    ? `, over ${count(sample.rows)} of ${count(sample.of)} queries${heads.length > 1 ? ' a head' : ''}, drawn without replacement`
    : ''
  const most = Math.max(...told.map(({ error }) => error))
  const known =
    most === 0
      ? ''
      : heads.length > 1
        ? `; standard errors of a head up to ${share(most)}`
        : '; ± is a standard error'
  return [
    `How much of the softmax do ${count(keep)} keys hold?`,
    `${lead}${others.map((one) => `${one.name} ${text(one)}`).join(', ')}${many}${drawn}${known}.${seenSentence(heads, keep)}`,
  ]
}

/** Causal: of the keys that a rule chooses a query has those that it sees, which are fewer than its best ones. */
function seenSentence(heads: readonly HeadReport[], keep: number): string {
  if (!heads.some(({ isCausal }) => isCausal)) return ''
  const [own, best] = ['leverage', 'best'].map((select) => {
    const counts = heads.flatMap(({ coverage }) => heldBy(coverage, select, keep)?.keysPerRow ?? [])
    return counts.length === 0 ? undefined : keysText(medianOf(counts))
  })
  if (own === undefined || own === keysText(keep)) return ''
  const beside = best === undefined ? '' : `, and ${best} of its best`
  return ` A query sees ${own} of those by leverage on average${beside}.`
}

/** Relative output errors up to which the keys of a rule stand in for all, nearly do, and do in part. */
const [FULLY, NEARLY, IN_PART] = [0.01, 0.05, 0.3] as const
/** A rule is told first whose outputs are so many times nearer. */
const FAR_BETTER = 3
/** Keys drawn at random do as well as those of a rule that is not so many times nearer. */
const BETTER_THAN_ANY = 1.25

/** Whether outputs over the keys of largest leverage are like the full ones, and whether those of a rule as cheap are. */
export function canStandIn({ heads, keep }: ReportFacts): Answer | undefined {
  const errors = CHEAP.flatMap((select) => {
    const found = heads.flatMap(({ coverage }) => errorOf(coverage, select, keep) ?? [])
    return found.length === 0 ? [] : [{ select, error: medianOf(found) }]
  })
  const leverage = errors.find(({ select }) => select === 'leverage')?.error
  if (leverage === undefined) return undefined
  const any = errors.find(({ select }) => select === 'random')?.error
  const nearest = errors.reduce((least, one) => (one.error < least.error ? one : least))
  const isFar = leverage > FULLY && nearest.error * FAR_BETTER <= leverage
  const word = wordOf(leverage, any)
  const lead = isFar
    ? `${ruleText(nearest.select, keep)}: ${wordOf(nearest.error, undefined).toLowerCase()} (off by ${share(nearest.error)}). By leverage: ${word.toLowerCase()}`
    : word
  const beside = errors
    .filter(({ select }) => select !== 'leverage' && !(isFar && select === nearest.select))
    .map(({ select, error }) => `${ruleText(select, keep).toLowerCase()} ${share(error)}`)
  const where = [
    ...(heads.length > 1 ? ['median head'] : []),
    ...(beside.length > 0 ? [beside.join(', ')] : []),
  ]
  return [
    `Can ${count(keep)} keys by leverage stand in for all?`,
    `<b>${lead}</b>: the output is off by ${share(leverage)} of its own length${where.length > 0 ? ` (${where.join('; ')})` : ''}.${baselineSentence(heads, keep)}`,
  ]
}

function wordOf(error: number, any: number | undefined): string {
  if (error <= FULLY) return 'Yes'
  if (any !== undefined && any <= BETTER_THAN_ANY * error)
    return `${any <= error ? 'No' : 'Hardly'} better than keys drawn at random`
  return error <= NEARLY ? 'Nearly' : error <= IN_PART ? 'In part' : 'Not as it stands'
}

function ruleText(select: (typeof CHEAP)[number], keep: number): string {
  return select === 'random' ? `With ${count(keep)} keys drawn at random` : `By ${select}`
}

/** Which of the cheap rules wins, named; none where they hold as much. */
function baselineSentence(heads: readonly HeadReport[], keep: number): string {
  const both = heads.flatMap(({ coverage }) => {
    const [leverage, random] = ['leverage', 'random'].map((select) => massOf(coverage, select, keep))
    const [norm] = NORMS.flatMap((select) => {
      const mass = massOf(coverage, select, keep)
      return mass === undefined ? [] : [{ select, mass }]
    }).sort((a, b) => b.mass - a.mass)
    if (leverage === undefined || norm === undefined || random === undefined) return []
    const margin = marginOf(coverage, ['leverage', norm.select], keep)
    const ahead = norm.mass - leverage
    return [
      {
        select: norm.select,
        ahead: Math.abs(ahead) < margin ? 0 : ahead,
        isClose: leverage <= 1.5 * random,
      },
    ]
  })
  if (both.length === 0) return ''
  const random = `less than 1.5 times what ${count(keep)} keys drawn at random hold`
  if (both.length === 1) {
    const [{ select, ahead, isClose }] = both
    if (ahead === 0)
      return ` They hold as much as those by ${select}, which costs less${isClose ? `, and ${random}` : ''}.`
    if (ahead > 0)
      return ` Those by ${select}, which costs less, hold more softmax${isClose ? `; leverage holds ${random}` : ''}.`
    return ` They hold more than those by ${select}${isClose ? `, and ${random}` : ''}.`
  }
  const [beaten, alike, few] = [
    both.filter(({ ahead }) => ahead > 0).length,
    both.filter(({ ahead }) => ahead === 0).length,
    both.filter(({ isClose }) => isClose).length,
  ]
  const rules = NORMS.filter((rule) =>
    heads.some(({ coverage }) => massOf(coverage, rule, keep) !== undefined),
  )
  const asMuch = alike === 0 ? '' : ` and as much in ${count(alike)}`
  return ` A key norm (${rules.join(' or ')}), which costs less, holds more than leverage in ${count(beaten)} of ${counted(both.length, 'head')}${asMuch}, and in ${count(few)} leverage holds ${random}.`
}
