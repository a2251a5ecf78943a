import type { Coverage } from './coverage-facts.ts'
import type { MeanColumn } from './mean-columns.ts'

/** How a selection is called in a sentence. */
const NAMES: Readonly<Record<string, string>> = {
  random: 'random keys',
  'norm-max': 'the longest keys',
  'norm-min': 'the shortest keys',
  accumulated: 'the keys of most attention',
  best: 'the best keys of each query',
}
/** Twice what equal weights give is more than chance; nine tenths of the best fixed set are nearly it. */
const [FAR_ABOVE, NEARLY] = [2, 0.9] as const

/** One sentence that says what the table shows, at `keep` keys. */
export function coverageVerdict(
  { heads }: Pick<Coverage, 'heads'>,
  means: readonly MeanColumn[],
  keep: number | null,
): string {
  const shown = means.filter((one) => one.keep === keep || one.keep === null)
  const ofOne = heads.length === 1
  if (shown.every(({ mass }) => mass === null)) return 'No query sees a key: there is nothing to judge.'
  const where = keep === null ? 'of' : `at ${grouped(keep)} of`
  const [first, ...others] = shown
  const equal = first.uniform
  const name = nameOf(first.select, first.fit)
  const verb = name.includes('keys') ? 'hold' : 'holds'
  const measured = [
    `${name} ${verb} ${holds(first.mass)}`,
    ...others.map(({ select, fit, mass }) => `${nameOf(select, fit)} ${holds(mass)}`),
  ].join(', ')
  const beside = others.length > 0 || equal === null ? '' : `, and equal weights would give ${holds(equal)}`
  const end = meaningOf(shown, ofOne)
  return `${capital(where)} ${grouped(heads[0].n)} keys ${measured}${beside}${end}.`
}

/** What that says of leverage, as far as there is something to hold it against. */
function meaningOf(shown: readonly MeanColumn[], ofOne: boolean): string {
  const [leverage, random, fixed] = ['leverage', 'random', 'accumulated'].map((name) =>
    shown.find(({ select }) => select === name),
  )
  if (!leverage || leverage.mass === null) return ''
  const chance = Math.max(random?.mass ?? 0, leverage.uniform ?? 0)
  const heads = ofOne ? 'this head was' : 'these heads were'
  if (leverage.mass < FAR_ABOVE * chance) return `: leverage is near chance, so ${heads} not trained for it`
  if (fixed?.mass && leverage.mass >= NEARLY * fixed.mass)
    return ': leverage holds nearly what the best fixed set does'
  if (fixed?.mass)
    return `: leverage holds ${percent(leverage.mass / fixed.mass)} of what the best fixed set does`
  return ': leverage holds more than chance'
}

function nameOf(select: string, fit: string): string {
  if (select === 'accumulated' && fit === 'oracle') return 'the best fixed set'
  return NAMES[select] ?? select
}

function holds(mass: number | null): string {
  return mass === null ? 'nothing' : percent(mass)
}

function percent(share: number): string {
  const value = 100 * share
  return `${Number(value.toPrecision(value < 1 ? 1 : value < 99.5 ? 2 : 3))} %`
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
