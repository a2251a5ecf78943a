import type { Rule } from '@levattention/core'
import { type Arm, SEEDS } from './arms.ts'
import { idOf, type Job, type Model } from './jobs.ts'
import type { RecordLine } from './record.ts'

/** Of seeds: percent of test images right. */
export interface Accuracy {
  readonly mean: number
  readonly least: number
  readonly most: number
  readonly seeds: number
  /** Test images of each. */
  readonly images: number
}

/** Of what the record has of a model under a rule, 'own' the one that it was trained with; undefined where it has nothing. */
export function accuracyOf(
  lines: readonly RecordLine[],
  model: Model,
  rule: 'own' | Rule,
  keep?: number,
): Accuracy | undefined {
  const found = SEEDS.flatMap((seed) => {
    const job: Job = { kind: 'test', model, seed, rule, images: 0, ...(keep !== undefined && { keep }) }
    const score = lines.find(({ id }) => id === idOf(job))?.score
    return score ? [score] : []
  })
  if (found.length === 0) return undefined
  const percents = found.map(({ correct, count }) => (100 * correct) / count)
  return {
    mean: percents.reduce((sum, one) => sum + one, 0) / percents.length,
    least: Math.min(...percents),
    most: Math.max(...percents),
    seeds: percents.length,
    images: found[0].count,
  }
}

/** "83.31 (83.10 to 83.52)" of several seeds. */
export function accuracyText(accuracy: Accuracy | undefined, digits = 1): string {
  if (accuracy === undefined) return 'not run'
  const { mean, least, most, seeds } = accuracy
  const spread = seeds > 1 ? ` (${least.toFixed(digits)} to ${most.toFixed(digits)})` : ''
  return `${mean.toFixed(digits)}${spread}`
}

/** Arms as tables name them. */
export const ARM_NAMES: Readonly<Record<Arm | 'tuned', string>> = {
  full: 'all keys',
  'leverage-32': '32 keys by leverage',
  'norm-32': '32 keys by norm',
  'random-32': '32 random keys',
  'leverage-32+local': '32 by leverage, and neighbours',
  tuned: 'all keys, then a tenth more with leverage',
}
