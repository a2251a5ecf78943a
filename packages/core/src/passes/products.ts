import { rowsIn } from '../matrix/row-ranges.ts'
import { type GramParts, GramSum } from '../sums/gram-sum.ts'
import { productGram, type ProductSum, mergeProductSums } from '../bounds/power/product-gram.ts'
import { productColumns } from '../bounds/power/product-features.ts'
import { checkGram, arrayOf, each, truthOf } from './part-checks.ts'
import { passOf } from './pass.ts'

/** The Gram of the lifted keys, p = 4 (theory.md section 2). */
export const productsPass = passOf<
  { readonly exponents: Int32Array },
  ProductSum,
  GramParts & { readonly lost: boolean }
>({
  kind: 'products',
  map: (shard, { exponents }) => productGram(shard, exponents),
  zero: ({ dim }) => ({ gram: new GramSum(productColumns(dim)), lost: false }),
  merge: mergeProductSums,
  pack: ({ gram, lost }) => ({ ...gram.parts, lost }),
  unpack: ({ lost, ...parts }) => ({ gram: new GramSum(parts.exponents.length, parts), lost }),
  check(packed, { range, dim }) {
    const columns = productColumns(dim)
    const part = checkGram(packed, columns, rowsIn(range))
    const exponents = arrayOf(part.exponents, Int32Array, 'exponents', columns)
    each(exponents, 'exponents', 'exponents of float64', (e) => e === -100_000 || (e >= -1073 && e <= 1024))
    truthOf(part.lost, 'lost')
  },
})
