import { type Factor, productFeaturesOf, productsPass, type MatrixSource } from '@levattention/core/internal'
import type { Plan } from '../plan/plan.ts'
import { reducePass } from '../tasks/reduce-pass.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { shardsOf } from '../tasks/row-work.ts'

/**
 * p = 4 and few columns: one more pass, over the lifted keys, whose leverage bounds some keys better than their Lewis
 * weights do (theory.md section 2). The factor then bounds each key by the smaller of both.
 */
export async function withProducts(
  source: MatrixSource,
  plan: Plan,
  factor: Factor,
  context: RunContext,
): Promise<Factor> {
  if (!plan.passes.some(({ kind }) => kind === 'lift')) return factor
  const question = { exponents: factor.exponents }
  const work = { ...shardsOf(source, plan), task: productsPass, question, stage: 'refine' } as const
  const sum = await reducePass(work, context)
  const products = plan.rowCount === 0 || sum.lost ? undefined : productFeaturesOf(sum.gram, plan.epsilon / 2)
  return products ? { ...factor, products } : factor
}
