import { randomInt } from 'node:crypto'
import { isQuadratic, LevError, optionText, type OptionName } from '@levattention/core/internal'
import type { MaskOptions } from './mask-options.ts'

export const ESTIMATE = optionText('scores', 'estimate')

/** The chance of a missed pair where none is said. */
const DEFAULT_DELTA = 1e-6
/** Below so many keys sums over all of them take no longer. */
export const ESTIMATE_EVEN_FROM = 100_000
/** From so many on they take twice as long and more: only there estimates are advised. */
export const ESTIMATE_PAYS_FROM = 300_000
/** What node:crypto draws below. */
const SEEDS = 2 ** 48 - 1

/** By which draws row sums are estimated, and how sure that is (docs/theory.md section 4, "A one-sided estimate"). */
export interface EstimateChoice {
  /** The chance, over seeds, that any pair is missed or lies above its scoreHigh. */
  readonly delta: number
  readonly seed: number
}

/** Options by which scores are estimated. */
export interface EstimateOptions {
  /** With scores estimate: the probability, over seeds, that a pair is missed; default 1e-6. */
  readonly delta?: number | undefined
  /** With scores estimate: which draws; by default one at random, which the summary tells. */
  readonly seed?: number | undefined
}

/** `options` with a seed at random where an estimate is to have one, and none is said. */
export function withSeed<Options extends EstimateOptions & { readonly scores?: string | undefined }>(
  options: Options,
): Options {
  if (options.scores !== 'estimate' || options.seed !== undefined) return options
  return { ...options, seed: randomInt(SEEDS) }
}

/** The draws of `options`; undefined where scores are no estimates. Throws Option for a delta that is no probability. */
export function estimateOf(
  options: EstimateOptions & { readonly scores?: string | undefined },
): EstimateChoice | undefined {
  if (options.scores !== 'estimate') return undefined
  const { delta = DEFAULT_DELTA, seed = 0 } = withSeed(options)
  if (delta > 0 && delta < 1) return { delta, seed }
  const message = `a delta of ${delta} promises nothing: give a probability above 0 and below 1, as in ${optionText('delta', DEFAULT_DELTA)}`
  throw new LevError('Option', message, { option: 'delta' })
}

interface Asked extends MaskOptions {
  readonly scores?: string | undefined
  readonly p?: number | undefined
}

/** Throws Option where an estimate is asked for that there is none of: p = 2, causal queries, segments. */
export function requireEstimable({ scores, p = 2, causal, segment }: Asked): void {
  if (scores !== 'estimate') return
  if (isQuadratic({ p }))
    throw refuse('scores', `is for p other than 2: scores of p = 2 are exact without reading the keys again`)
  if (causal)
    throw refuse(
      'scores',
      `draws from all keys, and with ${optionText('causal')} a query sees those up to its own alone: leave it out, scores are then exact`,
    )
  if (segment !== undefined)
    throw refuse(
      'scores',
      `draws from one matrix of many keys, and ${optionText('segment')} cuts it: leave one out`,
    )
}

/** Throws Option where delta or seed is given and nothing is estimated. */
export function requireEstimateAsked({ scores, delta, seed }: EstimateOptions & Pick<Asked, 'scores'>): void {
  const option = delta !== undefined ? 'delta' : seed !== undefined ? 'seed' : undefined
  if (option === undefined || scores === 'estimate') return
  const message = `${optionText(option)} is for ${ESTIMATE}; leave it out, or give that as well`
  throw new LevError('Option', message, { option })
}

/** Throws Option where `what` goes with scores of other kinds alone. */
export function requireNoEstimate(scores: string | undefined, what: string): void {
  if (scores === 'estimate')
    throw refuse('scores', `draws from one matrix of many keys, and ${what}: leave one out`)
}

function refuse(option: OptionName, what: string): LevError {
  return new LevError('Option', `${ESTIMATE} ${what}`, { option })
}
