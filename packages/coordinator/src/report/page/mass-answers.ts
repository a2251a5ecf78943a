import { count, counted, estimated, share, withError } from '../draw/numbers.ts'
import type { HeadReport, ReportFacts } from '../facts/report-facts.ts'
import { errorOf, marginOf, massOf, medianOf, SELECTIONS, standardErrorOf } from '../facts/selections.ts'

/** One question, and what was found. */
export type Answer = readonly [question: string, html: string]

/** How much of the softmax selections hold. */
export function howMuch({ heads, keep, sample }: ReportFacts): Answer | undefined {
  const told = SELECTIONS.flatMap(({ select, told: nameOf }) => {
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
    `${lead}${others.map((one) => `${one.name} ${text(one)}`).join(', ')}${many}${drawn}${known}.`,
  ]
}

/** Relative output errors up to which leverage nearly does, and does in part. */
const [NEARLY, IN_PART] = [0.1, 0.3] as const

/** Whether outputs over the keys of largest leverage are like the full ones. */
export function canStandIn({ heads, keep }: ReportFacts): Answer | undefined {
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

/** Which of the cheap rules wins, named; none where they hold as much. */
function baselineSentence(heads: readonly HeadReport[], keep: number): string {
  const both = heads.flatMap(({ coverage }) => {
    const [leverage, norm, random] = ['leverage', 'norm-max', 'random'].map((select) =>
      massOf(coverage, select, keep),
    )
    if (leverage === undefined || norm === undefined || random === undefined) return []
    const margin = marginOf(coverage, ['leverage', 'norm-max'], keep)
    const ahead = norm - leverage
    return [{ ahead: Math.abs(ahead) < margin ? 0 : ahead, isClose: leverage <= 1.5 * random }]
  })
  if (both.length === 0) return ''
  const random = `less than 1.5 times what any ${count(keep)} keys hold`
  if (both.length === 1) {
    const [{ ahead, isClose }] = both
    if (ahead === 0)
      return ` They hold as much as those of the largest norm, which costs less${isClose ? `, and ${random}` : ''}.`
    if (ahead > 0)
      return ` The key norm, which costs less, holds more${isClose ? `; leverage holds ${random}` : ''}.`
    return ` They hold more than those of the largest norm${isClose ? `, and ${random}` : ''}.`
  }
  const [beaten, alike, few] = [
    both.filter(({ ahead }) => ahead > 0).length,
    both.filter(({ ahead }) => ahead === 0).length,
    both.filter(({ isClose }) => isClose).length,
  ]
  const asMuch = alike === 0 ? '' : ` and as much in ${count(alike)}`
  return ` The key norm, which costs less, holds more than leverage in ${count(beaten)} of ${counted(both.length, 'head')}${asMuch}, and in ${count(few)} leverage holds ${random}.`
}
