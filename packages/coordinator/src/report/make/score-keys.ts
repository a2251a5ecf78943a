import { cutRows, type MatrixSource } from '@levattention/core/internal'
import { scoresByRow } from '../../jobs/scores.ts'
import type { PlanOptions } from '../../plan/plan.ts'
import { independentRows } from '../../solve/independent-rows.ts'
import { independentKeyFactorOf, isLeverage, scoreSlackOf } from '../../solve/key-factor.ts'
import type { RunContext } from '../../tasks/run-context.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import { type ShapeTerms, shapeOf } from '../results/set-scores.ts'

/** What is known of keys [n, d] by themselves. */
export type KeysReport = Required<Pick<HeadReport, 'kind' | 'scores'>> &
  Pick<HeadReport, 'rank' | 'condition'> & { readonly thresholdSlack: number }

/** Rows of scores that are known to be 1 are counted in pieces. */
const PIECE = 65_536

/** The scores of all keys, summed up as they come. Throws as the passes. */
export async function scoreKeys(
  keys: MatrixSource,
  options: PlanOptions,
  terms: ShapeTerms,
  context: RunContext,
): Promise<KeysReport> {
  const known = await independentRows(keys, options.p ?? 2, context)
  if (known) return onesOf(keys.rows, terms)
  const found = await independentKeyFactorOf(keys, options, context)
  const { factor } = found
  const thresholdSlack = scoreSlackOf(factor)
  const shape = shapeOf(keys.rows, terms, 0, thresholdSlack)
  await context.stats.time('select', async () => {
    for await (const { rowStart, scores } of scoresByRow(found, context))
      scores.forEach((score, i) => shape.add(rowStart + i, score))
  })
  return {
    kind: isLeverage(factor) ? (factor.power ? 'bounds' : 'leverage') : 'ridge',
    scores: shape.facts(),
    rank: factor.rank,
    condition: factor.condition,
    thresholdSlack,
  }
}

function onesOf(n: number, terms: ShapeTerms): KeysReport {
  const shape = shapeOf(n, terms)
  for (const { rowStart, rowEnd } of cutRows(n, PIECE))
    for (let key = rowStart; key < rowEnd; key++) shape.add(key, 1)
  return { kind: 'leverage', scores: shape.facts(), rank: n, thresholdSlack: 0 }
}
