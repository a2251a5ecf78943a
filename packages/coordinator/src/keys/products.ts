import { type Factor, productFeaturesOf, productsPass } from '@levattention/core/internal'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'

/**
 * p = 4 and few columns: one more pass, over the keys' product features, whose leverage bounds some keys better than their Lewis
 * weights do (theory.md section 2). The factor then bounds each key by the smaller of both.
 */
export async function withProducts(keys: PlannedKeys, factor: Factor): Promise<Factor> {
  const { passes, rowCount, epsilon } = keys.plan
  if (!passes.some(({ kind }) => kind === 'products')) return factor
  const sum = await passOver(keys, productsPass, { exponents: factor.exponents }, 'refine')
  const products = rowCount === 0 || sum.lost ? undefined : productFeaturesOf(sum.gram, epsilon / 2)
  return products ? { ...factor, products } : factor
}
