import { type Factor, productsPass } from '@levattention/core/internal'
import { algebra } from '../tasks/algebra.ts'
import { passOver, type PlannedKeys } from '../tasks/reduce-pass.ts'

/**
 * p = 4 and few columns: one more pass, over the keys' product features, whose leverage bounds some keys better than their Lewis
 * weights do (theory.md section 2). The factor then bounds each key by the smaller of both.
 */
export async function withProducts(keys: PlannedKeys, factor: Factor): Promise<Factor> {
  const { passes, rowCount, epsilon } = keys.plan
  if (!passes.some(({ kind }) => kind === 'products')) return factor
  const sum = await passOver(keys, productsPass, { exponents: factor.exponents }, 'refine')
  if (rowCount === 0 || sum.lost) return factor
  const { gram } = sum
  const products = await algebra(keys.context, gram.dim, 'productFeatures', gram, epsilon / 2)
  return products ? { ...factor, products } : factor
}
