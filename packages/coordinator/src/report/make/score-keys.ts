import { isSeen, type MatrixSource, seenCount } from '@levattention/core/internal'
import { highLeverage } from '../../tasks/high-leverage.ts'
import { scoresByRow, warnOfRidge } from '../../jobs/scores.ts'
import type { PlanOptions } from '../../plan/plan.ts'
import { fewRowsKnown, type KnownScores } from '../../solve/few-rows.ts'
import { isLeverage, isNearRank } from '../../tasks/near-rank.ts'
import { independentKeyFactorOf, scoreSlackOf, warnOfNearScores } from '../../solve/key-factor.ts'
import type { RunContext } from '../../tasks/run-context.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import { type ShapeTerms, shapeOf } from '../results/set-scores.ts'

/** What is known of keys [n, d] by themselves. */
export type KeysReport = Required<Pick<HeadReport, 'kind' | 'scores'>> &
  Pick<HeadReport, 'rank' | 'plainRank' | 'condition' | 'keyCount' | 'names'> & {
    readonly thresholdSlack: number
  }

/** The scores of all keys, summed up as they come. Warns as `scores`. Throws as the passes. */
export async function scoreKeys(
  keys: MatrixSource,
  options: PlanOptions,
  terms: ShapeTerms,
  context: RunContext,
): Promise<KeysReport> {
  const { known, ...few } = await fewRowsKnown(keys, options.p ?? 2, context)
  const seen = seenKeysOf(keys)
  const shown = { ...terms, ...seen }
  if (known) return { ...knownOf(keys, shown, known), ...seen }
  const found = await independentKeyFactorOf(few.keys, options, few.context, keys.cols)
  const { factor, plainRank } = found
  if (!isLeverage(factor)) warnOfRidge(few.context, factor)
  warnOfNearScores(found, few.context)
  const thresholdSlack = scoreSlackOf(factor)
  const counted =
    isLeverage(factor) && !factor.power ? highLeverage(factor.rank, seen.keyCount ?? keys.rows) : []
  const shape = shapeOf(keys.rows, { ...shown, counted }, 0, thresholdSlack)
  await context.stats.time('select', async () => {
    for await (const { rowStart, scores } of scoresByRow(found, few.context))
      scores.forEach((score, i) => {
        if (isSeen(keys.spec, rowStart + i)) shape.add(rowStart + i, score)
      })
  })
  return {
    kind: isLeverage(factor) ? (factor.power ? 'bounds' : 'leverage') : 'ridge',
    scores: shape.facts(),
    rank: factor.rank,
    ...(isLeverage(factor) && isNearRank(found) && plainRank !== undefined && { plainRank }),
    condition: factor.condition,
    thresholdSlack,
    ...seen,
  }
}

/** How many keys take part, where some do not. */
export function seenKeysOf({ spec, rows }: MatrixSource): Pick<HeadReport, 'keyCount'> {
  return (spec.seen ?? spec.within) === undefined ? {} : { keyCount: seenCount(spec, rows) }
}

function knownOf(
  { rows: n, spec }: MatrixSource,
  terms: ShapeTerms,
  { zeroRows, summary }: KnownScores,
): KeysReport {
  const shape = shapeOf(n, terms)
  for (let key = 0; key < n; key++) if (isSeen(spec, key)) shape.add(key, zeroRows.has(key) ? 0 : 1)
  return { kind: 'leverage', scores: shape.facts(), rank: summary.rank, thresholdSlack: 0 }
}
