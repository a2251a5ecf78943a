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
/** Clearly above random keys: twice what they hold, or a quarter of what they leave. */
const [FAR_ABOVE, OF_THE_REST] = [2, 0.25] as const
/** Of what the best fixed set gains over random keys: less is near chance, more is nearly the best. */
const [CHANCE, NEARLY] = [0.2, 0.9] as const
/** Judged queries of a head: of fewer a set that fits them by chance may be the best. */
const FEW_ROWS = 32

/** A sentence that says what the tables show at `keep` keys, with values of outputs too; and another one where judged queries are few. */
export function coverageVerdict(
  { heads, keysSeen = heads[0].n }: Pick<Coverage, 'heads'> & { readonly keysSeen?: number | undefined },
  means: readonly MeanColumn[],
  keep: number | null,
): string {
  const shown = means.filter((one) => one.keep === keep || one.keep === null)
  if (shown.every(({ mass }) => mass === null)) return 'No query sees a key: there is nothing to judge.'
  const where = keep === null ? 'Of' : `At ${grouped(keep)} of`
  const of = `${where} ${grouped(keysSeen)} keys`
  const end = `${meaningOf(shown)}${outputsOf(shown)}`
  return `${of} ${measuredOf(shown)}${end}.${fewOf(heads)}`
}

function measuredOf(shown: readonly MeanColumn[]): string {
  const [first, ...others] = shown
  const name = nameOf(first)
  const verb = name.includes('keys') ? 'hold' : 'holds'
  // Beside local keys a rule keeps more, and of a causal query's keys fewer: each says how many.
  const isUneven = shown.some(({ keep, keys }) => keys != null && keysText(keys) !== keysText(keep ?? NaN))
  const withKeys = ({ keys }: MeanColumn, unit = '') =>
    isUneven && keys != null ? ` (${keysText(keys)}${unit})` : ''
  const measured = [
    `${name}${withKeys(first, ' keys a query')} ${verb} ${holds(first.mass)} of the attention`,
    ...others.map((one) => `${nameOf(one)}${withKeys(one)} ${holds(one.mass)}`),
  ].join(', ')
  const isAlone = others.length === 0 && first.uniform !== null
  return isAlone ? `${measured}, and equal weights would give ${holds(first.uniform)}` : measured
}

/**
 * What that says of leverage. Where the best fixed set is clearly above random keys, by what part of its gain leverage has:
 * (leverage - random) / (best fixed set - random); less than a fifth is near chance, nine tenths are nearly the best. Where it is
 * not, nothing is said of leverage: no rule could have done better. Equal weights stand for random keys that are not shown.
 */
function meaningOf(shown: readonly MeanColumn[]): string {
  const named = (name: string) => shown.find(({ select, mass }) => select === name && mass !== null)
  const leverage = named('leverage')
  if (!leverage) return ''
  if ((leverage.uniform ?? 0) >= 1) return ': all keys are kept, so every rule holds all'
  const [random, fixed] = [named('random'), named('accumulated')]
  const [mass, chance] = [leverage.mass ?? 0, random?.mass ?? leverage.uniform ?? 0]
  const beside = random ? 'random keys' : 'equal weights'
  if (!fixed) return alone(mass, chance, beside)
  const best = fixed.mass ?? 0
  if (!isFarAbove(best, chance))
    return fixed.fit === 'oracle'
      ? `: no fixed set does much better than ${beside} here`
      : `: ${nameOf(fixed)} do not much better than ${beside} here`
  const share = (mass - chance) / (best - chance)
  if (share < -CHANCE) return `: leverage holds less than ${beside} ${random ? 'do' : 'would give'}`
  if (share < CHANCE) {
    return ': leverage is near chance, as on heads that were not trained for it'
  }
  const name = nameOf(fixed)
  if (share >= NEARLY) return `: leverage does ${share < 1 ? 'nearly ' : ''}as well as ${name}`
  const gains = fixed.fit === 'oracle' ? 'gains' : 'gain'
  return `: leverage is between, with ${shareOf(share)} of what ${name} ${gains} over ${beside}`
}

/** Without a fixed set that is better than others nobody knows what there is to gain. */
function alone(mass: number, chance: number, beside: string): string {
  const verb = beside === 'random keys' ? 'do' : 'would give'
  if (isFarAbove(mass, chance)) return `: leverage holds much more than ${beside} ${verb}`
  if (mass > chance && holds(mass) !== holds(chance))
    return `: leverage holds not much more than ${beside} ${verb}; whether any fixed set does, 'accumulated' tells`
  const than = holds(mass) === holds(chance) ? 'as much as' : 'less than'
  return `: leverage holds ${than} ${beside} ${verb}; whether any fixed set holds more, 'accumulated' tells`
}

function isFarAbove(mass: number, chance: number): boolean {
  return mass > chance && (mass >= FAR_ABOVE * chance || mass - chance >= OF_THE_REST * (1 - chance))
}

/** Which of the rules leaves outputs nearest to the full ones: that may be another one than what holds most. */
function outputsOf(shown: readonly MeanColumn[]): string {
  const told = shown.flatMap((column) => (column.error === null ? [] : { column, error: column.error }))
  const leverage = told.find(({ column }) => column.select === 'leverage')
  if (told.length < 2 || (leverage?.column.uniform ?? 0) >= 1) return ''
  const nearest = told.reduce((least, one) => (one.error < least.error ? one : least))
  const off = `${digits(nearest.error)} off on average`
  const beside = leverage && leverage !== nearest ? `, and with leverage ${digits(leverage.error)} off` : ''
  return `; outputs are nearest to the full ones with ${nameOf(nearest.column)}, ${off}${beside}`
}

function fewOf(heads: Coverage['heads']): string {
  const least = Math.min(...heads.flatMap(({ judged }) => (judged > 0 ? [judged] : [])))
  if (least >= FEW_ROWS) return ''
  const queries = least === 1 ? 'One query is' : `${least} queries are`
  return ` ${queries} few to judge ${heads.length === 1 ? '' : 'a head '}by.`
}

function nameOf({ select, fit }: MeanColumn): string {
  if (select === 'accumulated' && fit === 'oracle') return 'the best fixed set'
  return NAMES[select] ?? select
}

/** A number of keys, on average: three digits, whole from 100 on. */
function keysText(keys: number): string {
  return keys >= 100 ? grouped(Math.round(keys)) : String(Number(keys.toPrecision(3)))
}

function holds(mass: number | null): string {
  return mass === null ? 'nothing' : shareOf(mass)
}

/** A fraction, in front of 'of': two digits are enough for a sentence, and '1 of' would be one. */
function shareOf(value: number): string {
  if (value === 1) return 'all'
  return String(Number(value.toPrecision(value < 0.01 ? 1 : value < 0.995 ? 2 : 3)))
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)))
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
