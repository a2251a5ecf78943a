import {
  type DualSums,
  dualBounds,
  firstTrials,
  type MatrixSource,
  mergeDualSums,
  nextTrials,
  noDualSums,
  type Tightening,
  tighteningOf,
  type UniversalSet,
  withBounds,
} from '@levattention/core/internal'
import type { Plan } from '../plan.ts'
import { reducePass } from './reduce-pass.ts'
import type { RunContext } from './run-context.ts'
import { shareArrays } from './share.ts'

/** Keys that are tightened at most: each costs d² numbers, and n d² operations a pass. */
const MOST_TIGHTENED = 1000
export const MOST_TIGHTENINGS = 5
/** A pass that lowers the bounds by less than this on average is the last. */
const WORTHWHILE_GAIN = 0.01

/**
 * Lowers the bounds of U by dual certificates, p >= 1 other than 2 (theory.md section 2), and drops the keys that no longer
 * reach epsilon. `universal` has the row ids of `source`. Warns where there is nothing to be done.
 */
export async function tightenBounds(
  source: MatrixSource,
  plan: Plan,
  universal: UniversalSet,
  context: RunContext,
): Promise<UniversalSet> {
  const count = universal.rowIds.length
  const tightening = tighteningOf(universal)
  if (count === 0) return universal
  if (count > MOST_TIGHTENED || tightening === undefined) {
    const why =
      count > MOST_TIGHTENED
        ? `the universal set holds ${count} keys, and --tighten serves ${MOST_TIGHTENED} at the most: a larger epsilon leaves fewer`
        : 'the weighted keys are nearly dependent, where --tighten has no certificate'
    context.stats.warn('not-tightened', `${why}; the bounds stay as they were`)
    return universal
  }
  let bounds = universal.bounds
  let trials = firstTrials(tightening)
  for (let pass = 0; pass < MOST_TIGHTENINGS; pass++) {
    const sums = await dualPass(source, plan, tightening, trials, context)
    const found = dualBounds(context.kernels, tightening, sums)
    const lowered = bounds.map((bound, i) => (found[i] < bound ? found[i] : bound))
    const gain = meanLog(bounds) - meanLog(lowered)
    bounds = lowered
    if (pass > 0 && gain < WORTHWHILE_GAIN) break
    trials = nextTrials(tightening, trials, sums)
  }
  return withBounds(universal, bounds)
}

async function dualPass(
  source: MatrixSource,
  plan: Plan,
  { factor: { exponents }, power: { p } }: Tightening,
  trials: Float64Array,
  context: RunContext,
): Promise<DualSums> {
  const shared = shareArrays(trials)
  const requests = plan.shards.map((range) => ({ source: source.spec, range, exponents, trials: shared, p }))
  const sums = await reducePass<'tighten', DualSums>(
    {
      kind: 'tighten',
      source,
      requests,
      fanIn: plan.fanIn,
      stage: 'refine',
      part: (part) => part,
      merge: (a, b) => mergeDualSums(a, b, p),
      pack: (part) => part,
      unpack: (packed) => packed as DualSums,
    },
    context,
  )
  return sums ?? noDualSums(trials.length / source.cols, source.cols)
}

function meanLog(bounds: Float64Array): number {
  return bounds.reduce((sum, bound) => sum + Math.log(bound), 0) / bounds.length
}
