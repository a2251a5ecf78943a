import { LevError } from '../errors/errors.ts'

export interface RelevantOptions {
  /** v²: variance of an entry of a noise key, where a relevant key has norm 1. Default 1/n. */
  readonly noise?: number | undefined
  /** c: Σ of the squared cosines of a relevant key with the others. Default 0. */
  readonly coherence?: number | undefined
}

/** The model of theory.md section 10: `plantedCount` unit keys, any two with cosine `cosine`, amid noise. */
export interface RelevantShape {
  readonly noise: number // v²
  readonly cosine: number
}

/** Throws Option where a number is out of its range: relevant keys with one cosine need a column each, and one more. */
export function relevantShape(
  { noise, coherence = 0 }: RelevantOptions,
  rowCount: number,
  dim: number,
  plantedCount: number,
): RelevantShape {
  if (plantedCount > dim - 1) {
    const message = `--planted is ${plantedCount}; with --noise or --coherence it must be at most d - 1, ${dim - 1}`
    throw new LevError('Option', message, { option: 'planted' })
  }
  const most = Math.max(0, plantedCount - 1)
  if (!(coherence >= 0 && coherence <= most)) {
    const message = `--coherence is ${coherence}; ${plantedCount} unit keys can have 0 to ${most}`
    throw new LevError('Option', message, { option: 'coherence' })
  }
  if (noise !== undefined && !(noise > 0 && noise < Infinity)) {
    throw new LevError('Option', `--noise is ${noise}; it must be a variance above 0`, { option: 'noise' })
  }
  const cosine = most === 0 ? 0 : Math.sqrt(coherence / most)
  return { noise: noise ?? 1 / Math.max(1, rowCount), cosine }
}

/** What the model predicts of the leverage scores. */
interface PredictedLeverage {
  /** Of every relevant key, the noise's Gram taken at its mean N v² I. */
  readonly relevant: number
  /** A lower bound of it, from the coherence alone: 1/(1 + c + N v²). */
  readonly relevantAtLeast: number
  /** The largest of a noise key: (sqrt d + sqrt(2 ln N))²/N. */
  readonly noiseAtMost: number
}

/**
 * The relevant keys' Gram has the eigenvalue 1 - x, and 1 - x + x P once (x their cosine): each has the leverage
 * mean_i lambda_i/(lambda_i + N v²).
 */
export function predictedLeverage(
  { noise, cosine }: RelevantShape,
  rowCount: number,
  dim: number,
  plantedCount: number,
): PredictedLeverage {
  const noiseCount = rowCount - plantedCount
  const spread = noiseCount * noise
  const coherence = Math.max(0, plantedCount - 1) * cosine ** 2
  const share = (eigenvalue: number): number => eigenvalue / (eigenvalue + spread)
  const common = share(1 - cosine + cosine * plantedCount)
  const own = share(1 - cosine)
  return {
    relevant: plantedCount === 0 ? 0 : (common + (plantedCount - 1) * own) / plantedCount,
    relevantAtLeast: 1 / (1 + coherence + spread),
    noiseAtMost: Math.min(
      1,
      (Math.sqrt(dim) + Math.sqrt(2 * Math.log(Math.max(1, noiseCount)))) ** 2 / noiseCount,
    ),
  }
}
