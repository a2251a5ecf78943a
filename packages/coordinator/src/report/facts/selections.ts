import type { CoverageSelection, HeadCoverage } from '../../coverage/coverage-facts.ts'
import { count } from '../draw/numbers.ts'
import type { Colour } from '../draw/palette.ts'

/** A selection as it is drawn and told, everywhere in the order of `selectionsOf`. */
export interface DrawnSelection {
  readonly select: string
  readonly colour: Colour
  readonly name: string
  /** In a sentence, with its number of keys: 'the best fixed 32'. */
  readonly told: (keep: number) => string
  readonly dashes: string
}

const SELECTIONS: readonly DrawnSelection[] = [
  {
    select: 'best',
    colour: 'best',
    name: 'best per query',
    told: (keep) => `the best ${count(keep)} of each query`,
    dashes: '',
  },
  {
    select: 'accumulated',
    colour: 'fixed',
    name: 'best fixed',
    told: (keep) => `the best fixed ${count(keep)}`,
    dashes: '7 3',
  },
  { select: 'norm-max', colour: 'norm', name: 'norm-max', told: () => 'by norm-max', dashes: '2 2.5' },
  { select: 'norm-min', colour: 'norm', name: 'norm-min', told: () => 'by norm-min', dashes: '9 3 2 3' },
  { select: 'leverage', colour: 'leverage', name: 'leverage', told: () => 'by leverage', dashes: '' },
  {
    select: 'random',
    colour: 'random',
    name: 'random',
    told: (keep) => `${count(keep)} drawn at random`,
    dashes: '1 4',
  },
]

/** Causal: a query that sees none of the set keeps its own key, so the keys of most attention in sum need not be the best set. */
const CAUSAL_SELECTIONS = SELECTIONS.map((one) =>
  one.select === 'accumulated'
    ? { ...one, name: 'most attended', told: (keep: number) => `the ${count(keep)} most attended` }
    : one,
)

/** All of them, as they are called for these heads. */
export function selectionsOf({ isCausal }: { readonly isCausal: boolean }): readonly DrawnSelection[] {
  return isCausal ? CAUSAL_SELECTIONS : SELECTIONS
}

/** What `select` holds of the head with so many keys; null: local keys alone. */
export function heldBy(
  coverage: HeadCoverage | undefined,
  select: string,
  keep: number | null,
): CoverageSelection | undefined {
  return coverage?.selections.find((one) => one.select === select && one.keep === keep)
}

/** Its mean mass; undefined where it was not looked at, or no query could be judged. */
export function massOf(coverage: HeadCoverage | undefined, select: string, keep: number): number | undefined {
  return heldBy(coverage, select, keep)?.massMean ?? undefined
}

/** How many keys a query has of the selection, on average, where that is not `keep`: some are hidden from it, or local ones stand beside. */
export function ownCountOf(
  coverage: HeadCoverage | undefined,
  select: string,
  keep: number,
): string | undefined {
  const keys = heldBy(coverage, select, keep)?.keysPerRow ?? undefined
  return keys === undefined || keysText(keys) === keysText(keep) ? undefined : keysText(keys)
}

/** A number of keys, on average: a tenth of a key is enough. */
export function keysText(keys: number): string {
  const rounded = Math.round(keys * 10) / 10
  return rounded >= 1000 ? count(Math.round(keys)) : String(rounded)
}

/** Of its mean mass, as judged by a sample of the queries; 0 where all are judged. */
export function standardErrorOf(coverage: HeadCoverage | undefined, select: string, keep: number): number {
  return heldBy(coverage, select, keep)?.massStandardError ?? 0
}

/** Below it a difference of masses is nothing. */
const NOTHING = 0.005

/** How far apart the masses of two rules must be to be told apart: their standard errors together, as if drawn apart. */
export function marginOf(
  coverage: HeadCoverage | undefined,
  [one, other]: readonly [string, string],
  keep: number,
): number {
  const errors = [one, other].map((select) => standardErrorOf(coverage, select, keep))
  return Math.max(NOTHING, Math.hypot(...errors))
}

/** Rules by the length of keys alone. */
export const NORMS = ['norm-max', 'norm-min'] as const

/** Rules that need no queries. */
export const CHEAP = ['leverage', ...NORMS, 'random'] as const

/** Of them those that hold most, all that hold as much among them; the most first. */
export function cheapWinners(
  coverage: HeadCoverage | undefined,
  keep: number,
): { readonly select: (typeof CHEAP)[number]; readonly mass: number }[] {
  const held = CHEAP.flatMap((select) => {
    const mass = massOf(coverage, select, keep)
    return mass === undefined ? [] : [{ select, mass }]
  }).sort((a, b) => b.mass - a.mass)
  return held.filter(
    ({ select, mass }) => held[0].mass - mass < marginOf(coverage, [held[0].select, select], keep),
  )
}

/** The mean of |o' - o| / |o| over queries. */
export function errorOf(
  coverage: HeadCoverage | undefined,
  select: string,
  keep: number,
): number | undefined {
  return heldBy(coverage, select, keep)?.outputErrorMean ?? undefined
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [below, above] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return (below + above) / 2
}
