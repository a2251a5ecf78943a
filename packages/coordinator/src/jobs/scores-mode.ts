import { LevError, type ScoresMode, optionText } from '@levattention/core/internal'

/** Throws Option where certified intervals are asked for p = 2, whose scores are always exact. */
export function requireScores(scores: ScoresMode | undefined, p: number): void {
  if (scores !== 'interval' || p !== 2) return
  const message = `${optionText('scores', 'interval')} is for p other than 2: scores of p = 2 are exact without reading the keys again`
  throw new LevError('Option', message, { option: 'scores' })
}
