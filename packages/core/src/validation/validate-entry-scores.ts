import { scalarKernels } from '../kernels/scalar.ts'
import type { Candidates } from '../sums/candidates.ts'
import { whereOf, unusable } from './block-checks.ts'
import { entryScoresOf } from '../bounds/power/row-weights.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { tausOf } from '../bounds/selector.ts'
import { triedKeys } from './tried-keys.ts'

/** One order of sums for every version and kernel: equal but for those of another build. */
const SAME = 1e-6
/** No row of this score or more weighs nothing (LEAST_SQUARE), whatever came after it. */
const LEAST_WEIGHING = 2 ** -400

/**
 * Throws Content unless v of U's keys is what made their weights, p other than 2. After passes over files v = |k̂T|², T being the
 * file's; of rows that came once, p < 2, C bounds t/v of them too, `room` being what two computed scores may differ by.
 */
export function validateEntryScores(
  file: string,
  factor: Factor,
  candidates: Candidates,
  room: number,
): void {
  const { preconditioner, power, dim } = factor
  const { keys, slotOf } = triedKeys(candidates, dim * dim)
  const kernels = scalarKernels()
  const fail = (i: number, wanted: string) => {
    throw unusable(file, 'arrivals', wanted, keys.entryScores[i], whereOf(slotOf(i)))
  }
  if (preconditioner) {
    entryScoresOf(kernels, preconditioner, factor.exponents, keys.keys, keys.count).forEach((wanted, i) => {
      if (Math.abs(keys.entryScores[i] - wanted) > SAME * wanted) fail(i, `${wanted}, by 'forward'`)
    })
    return
  }
  if (!power || power.p > 2 || !Number.isFinite(power.weightRatio)) return
  tausOf(kernels, factor, keys).forEach((tau, i) => {
    const v = keys.entryScores[i]
    const isPossible = v > 0 ? tau <= power.weightRatio * v * room ** 2 : tau < LEAST_WEIGHING
    if (!isPossible) fail(i, `${tau / power.weightRatio} or more, by its score and 'weightRatio'`)
  })
}
