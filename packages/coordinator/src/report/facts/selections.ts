import type { CoverageSelection, HeadCoverage } from '../../coverage/coverage-facts.ts'
import type { Colour } from '../draw/palette.ts'

/** A selection as it is drawn and told, everywhere in this order. */
export interface DrawnSelection {
  readonly select: string
  readonly colour: Colour
  readonly name: string
  /** In a sentence, with its number of keys: 'the best fixed 32'. */
  readonly told: (keep: number) => string
  readonly dashes: string
}

export const SELECTIONS: readonly DrawnSelection[] = [
  {
    select: 'best',
    colour: 'best',
    name: 'best per query',
    told: (keep) => `the best ${keep} of each query`,
    dashes: '',
  },
  {
    select: 'accumulated',
    colour: 'fixed',
    name: 'best fixed',
    told: (keep) => `the best fixed ${keep}`,
    dashes: '7 3',
  },
  { select: 'norm-max', colour: 'norm', name: 'norm', told: () => 'by norm', dashes: '2 2.5' },
  { select: 'leverage', colour: 'leverage', name: 'leverage', told: () => 'by leverage', dashes: '' },
  { select: 'random', colour: 'random', name: 'random', told: (keep) => `any ${keep}`, dashes: '1 4' },
]

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
