import { scalarKernels } from '../kernels/scalar.ts'
import type { Candidates } from '../summary/candidates.ts'
import { whereOf } from '../summary/block-checks.ts'
import { unusable } from '../summary/unusable.ts'
import { boundOf, type Factor, ridgeInflation } from './factor.ts'
import { powerBound } from './power.ts'
import { tausOf } from './select.ts'

/** Multiply-adds for recomputed scores: about a tenth of a second; of more keys evenly spaced ones are tried. */
const MOST_WORK = 2 ** 26
/** A computed ridge score is within 0.3 of the exact one (NOTES.md "Ridge certificate"): two differ by a factor of 1.3/0.7. */
const RIDGE_ROOM = 1.3 / 0.7

/**
 * Throws Content unless the bounds of U's keys, in row order, are those that its factor gives them: the very ones for p = 2;
 * at most these for other p, where other passes and dual certificates lower them; at least the score among all rows for a causal
 * set, whose bounds are over the rows before. p < 2: C is an upper bound for the kept keys too, where their weights are known.
 * Each computed tau is within the factor's slack of the exact one, so that two of them differ by twice that.
 */
export function validateBounds(
  file: string,
  factor: Factor,
  candidates: Candidates,
  terms: { readonly p: number; readonly causal: boolean; readonly weighted: boolean },
): void {
  if (!terms.causal && terms.p === 2 && !factor.sketch) requireSum(file, factor, candidates)
  const step = Math.ceil((candidates.count * workOf(factor)) / MOST_WORK)
  const tried = step <= 1 ? candidates : candidates.filter((slot) => (slot % step === 0 ? 1 : undefined))
  const taus = tausOf(scalarKernels(), factor, tried)
  const room = factor.ridge > 0 ? RIDGE_ROOM : 1 + 4 * factor.thresholdSlack + 1e-9
  const power = factor.power
  taus.forEach((tau, i) => {
    const slot = step <= 1 ? i : i * step
    const bound = candidates.bounds[slot]
    const [least, most] = rangeOf(factor, tau, room, terms)
    if (!(bound >= least && bound <= most)) {
      const wanted = `from ${least} to ${most} by its factor (row ${candidates.rowIds[slot]})`
      throw unusable(file, 'bounds', wanted, { where: whereOf(slot), value: bound })
    }
    if (power === undefined || power.p > 2 || !terms.weighted) return
    const v = candidates.arrivals[slot]
    // A row that weighs nothing has no part in C, and is next to nothing (row-weights.ts).
    if (v > 0 ? tau > power.weightRatio * v * room ** 2 : tau > 2 ** -400)
      throw unusable(file, 'arrivals', `${tau / power.weightRatio} or more by its factor and 'weightRatio'`, {
        where: whereOf(slot),
        value: v,
      })
  })
}

function rangeOf(
  factor: Factor,
  tau: number,
  room: number,
  { p, causal }: { readonly p: number; readonly causal: boolean },
): [least: number, most: number] {
  if (causal) return [p === 2 ? Math.min(1, tau / room) : 0, 1]
  if (factor.power) {
    // Two powers, each off by its own slack.
    return [0, Math.min(1, powerBound(factor.power, ridgeInflation(factor), tau * room) * room)]
  }
  return [boundOf(factor, tau / room), boundOf(factor, tau * room)]
}

/** Scores sum to the rank at most: to no more than columns, nor rows. */
function requireSum(file: string, factor: Factor, { bounds }: Candidates): void {
  const live = factor.live.reduce((sum, one) => sum + one, 0)
  const room = factor.ridge > 0 ? RIDGE_ROOM : 1 + 2 * factor.thresholdSlack
  const most = Math.min(live, factor.rowCount) * ridgeInflation(factor) * room + 1e-9
  const sum = bounds.reduce((total, bound) => total + bound, 0)
  if (sum <= most) return
  throw unusable(file, 'bounds', `numbers that sum to ${most} at most, by the rank`, {
    where: 'in all',
    value: sum,
  })
}

function workOf({ dim, coordinates, sketch }: Factor): number {
  return dim * dim * ((coordinates ? 1 : 0) + (sketch?.lowers.length ?? 1) / 2)
}
