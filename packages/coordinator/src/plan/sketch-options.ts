import { LevError, type SketchTerms, sketchTerms, optionText } from '@levattention/core/internal'

export const SKETCH = optionText('method', 'sketch')

export interface SketchOptions {
  /** How keys are chosen: by a certificate, the default, or with a small probability of failure (theory.md section 9). */
  readonly method?: 'exact' | 'sketch' | undefined
  /** Method sketch: the probability, over seeds, that anything is missed; default 1e-6. */
  readonly delta?: number | undefined
  /** Method sketch: which sketches; default 1. */
  readonly seed?: number | undefined
  /** Method sketch: queries that `delta` is to cover beside the universal set; default 0. */
  readonly queryCount?: number | undefined
}

/** With scores estimate `delta` and `seed` are those of its draws. */
export interface WithScores {
  readonly scores?: 'exact' | 'interval' | 'estimate' | undefined
}

/** The sketches of a plan for keys [n, dim]; undefined for method exact. Throws Option. */
export function plannedSketch(
  dim: number,
  epsilon: number,
  { method = 'exact', delta, seed, queryCount, scores }: SketchOptions & WithScores,
): SketchTerms | undefined {
  if (method === 'exact') {
    const option = delta !== undefined && scores !== 'estimate' ? 'delta' : undefined
    if (option === undefined) return undefined
    const message = `${optionText(option)} is for ${SKETCH}, and for ${optionText('scores', 'estimate')}; leave it out, or give one of these`
    throw new LevError('Option', message, { option })
  }
  return sketchTerms({ dim, epsilon, queryCount }, delta, seed)
}

/** Throws Option where `what`, which needs exact bounds, is asked for with method sketch. */
export function requireNoSketch(method: SketchOptions['method'], what: string): void {
  if (method !== 'sketch') return
  const message = `${what} goes with ${optionText('method', 'exact')} only; leave ${SKETCH} out`
  throw new LevError('Option', message, { option: 'method' })
}
