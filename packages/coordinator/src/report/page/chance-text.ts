import { plain } from '../draw/numbers.ts'
import type { MissChance } from '../facts/report-facts.ts'

/** 'but with a probability of 1e-6 at most, over the seed of its draws (7)': behind what holds else. */
export function chanceText({ by, delta, seed }: MissChance): string {
  const of =
    by === 'draws'
      ? `the seed of its draws${seed === undefined ? '' : ` (${seed})`}`
      : 'the seeds of its sketches'
  return `but with a probability of ${plain(delta)} at most, over ${of}`
}

/** Of several heads the largest. */
export function largestChance<Chance extends MissChance | 'untold'>(
  chances: readonly (Chance | undefined)[],
): Chance | undefined {
  const deltaOf = (chance: Chance) => (chance === 'untold' ? Infinity : chance.delta)
  return chances
    .filter((chance) => chance !== undefined)
    .reduce<Chance | undefined>(
      (most, one) => (most && deltaOf(most) >= deltaOf(one) ? most : one),
      undefined,
    )
}
