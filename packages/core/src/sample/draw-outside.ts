import { ExactSum } from '../arithmetic/exact-sum.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { ridgeInflation } from '../bounds/factor/ridge-rules.ts'
import { type RowWeight, weighRow } from '../bounds/power/row-weights.ts'
import { Scorer } from '../bounds/scorer.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { blockRowsOf, forEachBlock, type ShardRows } from '../matrix/row-blocks.ts'
import { RandomStream } from '../random/random.ts'
import type { EstimateDraws } from '../sums/estimate-draws.ts'
import { Arrivals } from './arrivals.ts'

/** What the draws of a shard are made by. Plain data. */
export interface EstimateDrawTerms {
  /** Of M, with its power. */
  readonly factor: Factor
  readonly gramFactor: Factor
  readonly seed: number
  /** Draws that are kept at most. */
  readonly limit: number
  /** n of all shards. */
  readonly rowCount: number
  /** Row ids of U in the shard, ascending: they are not drawn. */
  readonly insideRows: Float64Array
}

/** Time for each draw that is kept: rates sum to about 1 over all keys, and to a half of the rest's share or more over these. */
const HORIZON_A_DRAW = 2

/** The draws of [range) outside U, by rates 1/(2n) + w_j/(2S) (docs/theory.md section 4, "A one-sided estimate"). */
export function drawOutside(shard: ShardRows, terms: EstimateDrawTerms): EstimateDraws {
  const { source, kernels } = shard
  const { factor, gramFactor, seed, limit, rowCount, insideRows } = terms
  const { cols: dim, element } = source
  const stream = new RandomStream(seed, 'estimateDraws')
  const arrivals = new Arrivals(dim, element, limit, HORIZON_A_DRAW * limit)
  const rateOf = rowRates(factor, rowCount)
  const inflation = gramFactor.ridge > 0 ? ridgeInflation(gramFactor) : 1 + 2 * gramFactor.thresholdSlack
  const rateSum = new ExactSum()
  const facts = { restRows: 0, leastRate: Infinity, largestLeverage: 0, largestLeverageRatio: 0 }
  let nextInside = 0
  withScratch(kernels, () => {
    const maxRows = blockRowsOf(source)
    const [weighing, leverage] = [
      new Scorer(kernels, factor, maxRows),
      new Scorer(kernels, gramFactor, maxRows),
    ]
    const [t, tau] = [kernels.f64(maxRows), kernels.f64(maxRows)]
    // Scaling changes float64 rows in place.
    const copy = element === 'f64' ? new Float64Array(maxRows * dim) : undefined
    forEachBlock(shard, (rows, count, rowStart) => {
      copy?.set(rows)
      const asRead = copy ?? rows
      weighing.scale(rows, count)
      weighing.score(t, rows, count)
      leverage.score(tau, rows, count)
      for (let r = 0; r < count; r++) {
        // NaN and infinity come through.
        if (!(tau[r] < Infinity)) throwNonFinite(source, rowStart, count)
        const rowId = rowStart + r
        while (insideRows[nextInside] < rowId) nextInside++
        if (insideRows[nextInside] !== rowId) {
          const rate = rateOf(t[r])
          const share = Math.min(1, inflation * tau[r])
          rateSum.add(rate)
          facts.restRows++
          facts.leastRate = Math.min(facts.leastRate, rate)
          facts.largestLeverage = Math.max(facts.largestLeverage, share)
          facts.largestLeverageRatio = Math.max(facts.largestLeverageRatio, share / rate)
          arrivals.draw(stream, rowId, rate, asRead, r)
        }
      }
    })
  })
  return { ...arrivals.finish(), rateParts: rateSum.parts, ...facts }
}

/** r_j from t_j: any rates of at least 1/(2n) are valid, and these follow the Lewis weights. */
function rowRates({ power }: Pick<Factor, 'power'>, rowCount: number): (t: number) => number {
  const { p, weightSum } = power ?? { p: 2, weightSum: 0 }
  const uniform = 1 / rowCount
  if (!(weightSum > 0 && weightSum < Infinity)) return () => uniform
  const row: RowWeight = { weight: 0, scale: 0 }
  return (t) => {
    weighRow(row, p, t)
    // No Lewis weight is above 1; weights that did not converge may be.
    return uniform / 2 + Math.min(1, row.weight / weightSum) / 2
  }
}
