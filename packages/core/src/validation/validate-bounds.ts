import { finalThreshold } from '../bounds/filter-keys.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import { gamma } from '../arithmetic/numeric.ts'
import type { Candidates } from '../sums/candidates.ts'
import { whereOf, unusable } from './block-checks.ts'
import { REGULAR_BELOW_SLACK } from '../bounds/factor/certificate.ts'
import { boundOf, type Factor, type SketchBounds } from '../bounds/factor/factor.ts'
import { ridgeInflation } from '../bounds/factor/ridge-rules.ts'
import { powerBound } from '../arithmetic/power.ts'
import type { ScoringFactor } from '../bounds/scorer.ts'
import { tausOf } from '../bounds/selector.ts'
import { triedKeys } from './tried-keys.ts'

/** A computed ridge score is off by a factor of 4/3 at most (theory.md section 8, "Ridge certificate"). */
const RIDGE_ROOM = 1.34
/** Scores of one row by two factors, of its prefix and of all rows. */
const OTHER_FACTOR_ROOM = RIDGE_ROOM / 0.7
/** One order of sums for every version and kernel: equal but for those of another build. */
const SAME = 1e-6
/** Of a product of two numbers in the file. */
const SAME_EPSILON = 1e-9

/** What bounds are held against. */
type BoundingFactor = ScoringFactor &
  Pick<Factor, 'live' | 'rowCount' | 'thresholdSlack'> & {
    readonly sketch?: Pick<SketchBounds, 'lowers' | 'inflation'> | undefined
  }

interface BoundTerms {
  readonly p: number
  readonly causal: boolean
  /** What two scores of one key may differ by; scoreRoom of the factor unless it is given. */
  readonly room?: number
}

/**
 * Throws Content unless the bounds of U's keys are those that its factor gives them: the very ones for p = 2;
 * at most these for other p, where other passes and dual certificates lower them; at least the score among all rows for a causal
 * set, whose bounds are over the rows before.
 */
export function validateBounds(
  file: string,
  factor: BoundingFactor,
  candidates: Candidates,
  terms: BoundTerms,
): void {
  if (!terms.causal && !factor.power && !factor.sketch) requireSum(file, factor, candidates)
  const { keys, slotOf } = triedKeys(candidates, workOf(factor))
  const room = terms.room ?? scoreRoom(factor)
  tausOf(scalarKernels(), factor, keys).forEach((tau, i) => {
    const [least, most] = rangeOf(factor, tau, room, terms)
    const bound = keys.bounds[i]
    if (bound >= least && bound <= most) return
    const wanted = `from ${least} to ${most} by its factor (row ${keys.rowIds[i]})`
    throw unusable(file, 'bounds', wanted, bound, whereOf(slotOf(i)))
  })
}

/**
 * What two scores of one key, computed with one factor, may differ by. Regular: each is within its slack of the exact one. With
 * a ridge the sum's own error, of which the ridge is a few times, is in neither: both are |lower⁻¹ y|² of the same numbers, and
 * forward substitution moves each x by gamma_{d+1} sqrt(d / ridge), as no eigenvalue is below the ridge.
 */
export function scoreRoom({
  dim,
  ridge,
  thresholdSlack,
}: Pick<Factor, 'dim' | 'ridge' | 'thresholdSlack'>): number {
  return ridge > 0 ? 1 + 4 * gamma(dim + 2) * Math.sqrt(dim / ridge) + SAME : 1 + 4 * thresholdSlack + 1e-9
}

function rangeOf(
  factor: BoundingFactor,
  tau: number,
  room: number,
  { p, causal }: BoundTerms,
): [least: number, most: number] {
  if (causal) {
    const others = factor.ridge > 0 ? OTHER_FACTOR_ROOM : room
    // Of fewer rows, where no share is smaller (NOTES.md "Files tried").
    return [
      Math.min(1, tau / others) ** (p / 2) * Math.min(1, factor.rowCount ** (p / 2 - 1)) * (1 - SAME),
      1,
    ]
  }
  if (factor.power) {
    // Two powers, each off by its own slack.
    return [0, Math.min(1, powerBound(factor.power, ridgeInflation(factor), tau * room) * room)]
  }
  return [boundOf(factor, tau / room), boundOf(factor, tau * room)]
}

/** Scores sum to the rank at most: to no more than columns, nor rows. */
function requireSum(file: string, factor: BoundingFactor, { bounds }: Candidates): void {
  const live = factor.live.reduce((sum, one) => sum + one, 0)
  const room = factor.ridge > 0 ? RIDGE_ROOM : 1 + 2 * factor.thresholdSlack
  const most = Math.min(live, factor.rowCount) * ridgeInflation(factor) * room + 1e-9
  const sum = bounds.reduce((total, bound) => total + bound, 0)
  if (sum <= most) return
  throw unusable(file, 'bounds', `numbers that sum to ${most} at most, by the rank`, sum, 'in all')
}

function workOf({ dim, preconditioner, sketch }: BoundingFactor): number {
  return dim * dim * ((preconditioner ? 1 : 0) + (sketch?.lowers.length ?? 1) / 2)
}

/** Every key is in U by its bound; `--keep` may leave a tie just below epsilon (the coordinator's keys/universal.ts). `bounds`: of any order. */
export function requireKeptBounds(
  file: string,
  bounds: Float64Array,
  epsilon: number,
  { thresholdSlack }: Pick<Factor, 'thresholdSlack'>,
  causal: boolean,
): void {
  const slack = { thresholdSlack: causal ? REGULAR_BELOW_SLACK : thresholdSlack }
  const least = finalThreshold(slack, epsilon).keepsFrom * (1 - SAME_EPSILON)
  const smallest = bounds.reduce((most, bound) => Math.min(most, bound), 1)
  if (smallest < least) throw unusable(file, 'bounds', `${least} or more, as epsilon is ${epsilon}`, smallest)
}
