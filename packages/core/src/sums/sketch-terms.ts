import { optionText, plainNumber } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import { RandomStream } from '../random/random.ts'

/** c before it is tightened: an embedding that stretches a vector's square by more than 1 + c has failed for it. */
const MOST_DISTORTION = 1.25
/** s: the share of a query's row sum that the ridge may hide (theory.md section 9). */
export const SKETCH_RIDGE_SHARE = 0.02
const LEAST_ROWS = 1024
const DEFAULT_DELTA = 1e-6

/** What the sketches of two parts must share to be added. */
export interface SketchTerms {
  /** Signs and places are a function of (seed, row id). */
  readonly seed: number
  /** r: independent sketches. */
  readonly count: number
  /** m_s: rows of each, a power of two. */
  readonly rows: number
  /** c: the bounds make good a stretch by 1 + c. */
  readonly distortion: number
}

/** What a guarantee is to cover: every key that can take `epsilon` of attention, and the row sums of some queries. */
interface SketchCover {
  readonly dim: number
  readonly epsilon: number
  /** Queries whose row sums are to be bounded as well. */
  readonly queryCount?: number | undefined
}

/**
 * The terms with which all that `cover` names fails with probability at most `delta` (theory.md section 9): r as for
 * c = 1.25, then the smallest c that r sketches afford. Throws Option.
 */
export function sketchTerms(cover: SketchCover, delta = DEFAULT_DELTA, seed = 1): SketchTerms {
  if (!(delta > 0 && delta < 1)) {
    const message = `${optionText('delta')} is ${delta}; it must be above 0 and below 1, for instance ${plainNumber(DEFAULT_DELTA)}`
    throw new LevError('Option', message, { option: 'delta' })
  }
  // Refuses a seed that is none.
  void new RandomStream(seed, 'keySketch')
  const rows = 2 ** Math.ceil(Math.log2(Math.max(LEAST_ROWS, 4 * cover.dim)))
  const needed = Math.log((witnesses(cover) + (cover.queryCount ?? 0)) / delta)
  const count = Math.max(1, Math.ceil(needed / Math.log1p((rows * MOST_DISTORTION ** 2) / 2)))
  const distortion = Math.sqrt((2 * Math.expm1(needed / count)) / rows) * (1 + 2 ** -40)
  return { seed, count, rows, distortion }
}

/** P(all r sketches stretch the square of one vector by more than 1 + c): at most this (Cantelli). */
export function stretchProbability({ count, rows, distortion }: SketchTerms): number {
  return (1 + (rows * distortion ** 2) / 2) ** -count
}

/** P(anything of what `cover` names is missed) after `filters` filters of the keys by sketches: at most this. */
export function missProbability(terms: SketchTerms, cover: SketchCover, filters: number): number {
  const vectors = filters * witnesses(cover) + (cover.queryCount ?? 0)
  return Math.min(1, vectors * stretchProbability(terms))
}

/** Keys with a ridge score of epsilon/(1+s) at least: their scores sum to the rank. */
function witnesses({ dim, epsilon }: SketchCover): number {
  return (dim * (1 + SKETCH_RIDGE_SHARE)) / epsilon
}
