import { certifiedThreshold, droppedSlots, filterKeys } from '../filter-keys.ts'
import type { Kernels } from '../../kernels/kernels.ts'
import { firstStep } from '../factor/certificate.ts'
import { boundOf, type Factor, factorOf } from '../factor/factor.ts'
import { powerSlack } from '../../arithmetic/power.ts'
import { tausOf } from '../selector.ts'
import { Candidates } from '../../sums/candidates.ts'
import type { GramSum } from '../../sums/gram-sum.ts'
import { isQuadratic } from '../../attention/attention.ts'

/** What is left of rows, and the ridge by which others were dropped; 0 where none was, or by none. */
export interface PrefixKept {
  readonly kept: Candidates
  readonly ridge: number
}

/**
 * The drop of the `prefix` policy: a key of `rows` goes only where its bound over the rows `before` it and itself is below
 * epsilon (theory.md section 6). With t = k̂ᵀM⁻¹k̂, M of earlier rows, its score among them and itself is t/(1+t)
 * (Sherman and Morrison). `rows` must all come after those of `before`. The bounds left hold with their slack.
 */
export function dropByEarlier(
  kernels: Kernels,
  before: GramSum,
  rows: Candidates,
  epsilon: number,
  p = 2,
): PrefixKept {
  const factor = before.rowCount === 0 ? undefined : factorOf(firstStep(before), before.rowCount)
  const found = factor
    ? boundsByEarlier(kernels, factor, rows, p)
    : rows.bounds.map((_, slot) => (isZero(rows.keyAt(slot)) ? 0 : 1))
  const kept = filterKeys(rows, found, certifiedThreshold(epsilon))
  if (!factor) return { kept: rows.at(kept, found), ridge: 0 }
  const bounds = rows.bounds.map((known, slot) => (found[slot] < known ? found[slot] : known))
  const dropped = droppedSlots(kept, rows.count).some((slot) => !isZero(rows.keyAt(slot)))
  return { kept: rows.at(kept, bounds), ridge: dropped ? factor.ridge : 0 }
}

/** The bounds [count] of rows that come after those of `factor`, each over these and itself, rounded up; or NaN. */
function boundsByEarlier(kernels: Kernels, factor: Factor, rows: Candidates, p: number): Float64Array {
  const { bound, slack } = boundByEarlier(factor, p)
  return tausOf(kernels, factor, rows).map((tau, slot) => {
    // In a column in which all earlier rows are zero nothing bounds it.
    const isNew = rows.keyAt(slot).some((value, a) => value !== 0 && factor.live[a] === 0)
    // Every block of rows has another slack: it goes into the bound. An infinite t gives NaN.
    return isNew || slack >= 1 ? 1 : bound(tau / (1 + tau)) / (1 - slack)
  })
}

/**
 * p other than 2: all weights are 1, so that M = G, S counts rows and C, the largest score, is at most 1 (theory.md
 * section 2: any weights give a valid bound).
 */
function boundByEarlier(factor: Factor, p: number): { bound: (tau: number) => number; slack: number } {
  const { thresholdSlack, rowCount } = factor
  if (isQuadratic({ p })) return { bound: (tau) => boundOf(factor, tau), slack: thresholdSlack }
  const weighted = { ...factor, power: { p, weightSum: rowCount + 1, weightRatio: 1 } }
  return {
    bound: (tau) => boundOf(weighted, tau),
    slack: powerSlack(p, thresholdSlack, rowCount + 1),
  }
}

function isZero(key: Float32Array | Float64Array): boolean {
  return key.every((value) => value === 0)
}
