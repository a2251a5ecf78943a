import { type UniversalSet, withBounds, tightenPass } from '@levattention/core/internal'
import { algebra } from '../tasks/algebra.ts'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'

/** Keys that are tightened at most: each costs d² numbers, and n d² operations a pass. */
const MOST_TIGHTENED = 1000
export const MOST_TIGHTENINGS = 5
/** A pass that lowers the bounds by less than this on average is the last. */
const WORTHWHILE_GAIN = 0.01

/**
 * Lowers the bounds of U by dual certificates, p >= 1 other than 2 (theory.md section 2), and drops the keys that no longer
 * reach epsilon. `universal` has the row ids of `keys`. Warns where there is nothing to be done.
 */
export async function tightenBounds(keys: PlannedKeys, universal: UniversalSet): Promise<UniversalSet> {
  const { context } = keys
  const { dim } = universal
  const count = universal.rowIds.length
  if (count === 0) return universal
  const tightening =
    count > MOST_TIGHTENED ? undefined : await algebra(context, dim, 'tighteningOf', universal)
  if (tightening === undefined) {
    const why =
      count > MOST_TIGHTENED
        ? `the universal set holds ${count} keys, and --tighten serves ${MOST_TIGHTENED} at the most: a larger epsilon leaves fewer`
        : 'the weighted keys are nearly dependent, where --tighten has no certificate'
    context.stats.warn('not-tightened', `${why}; the bounds stay as they were`)
    return universal
  }
  let bounds = universal.bounds
  let trials = await algebra(context, dim, 'firstTrials', tightening)
  for (let pass = 0; pass < MOST_TIGHTENINGS; pass++) {
    const { factor, power } = tightening
    const question = { exponents: factor.exponents, trials, p: power.p }
    const sums = await passOver(keys, tightenPass, question, 'refine')
    const found = await algebra(context, dim, 'dualBounds', tightening, sums)
    const lowered = bounds.map((bound, i) => (found[i] < bound ? found[i] : bound))
    const gain = meanLog(bounds) - meanLog(lowered)
    bounds = lowered
    if (pass > 0 && gain < WORTHWHILE_GAIN) break
    trials = await algebra(context, dim, 'nextTrials', tightening, trials, sums)
  }
  return withBounds(universal, bounds)
}

function meanLog(bounds: Float64Array): number {
  return bounds.reduce((sum, bound) => sum + Math.log(bound), 0) / bounds.length
}
