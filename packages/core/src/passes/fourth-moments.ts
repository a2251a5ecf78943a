import { fourthMoments, type FourthMomentSum, mergeFourthMoments } from '../bounds/power/fourth-moments.ts'
import type { MomentCoordinates } from '../bounds/power/moment-coordinates.ts'
import { productColumns } from '../bounds/power/product-features.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import { type GramParts, GramSum } from '../sums/gram-sum.ts'
import { arrayOf, checkGram, each, truthOf, within } from './part-checks.ts'
import { passOf } from './pass.ts'

/** The fourth moments of the keys, p = 4: row sums without a pass over the keys (theory.md section 4). */
export const fourthMomentsPass = passOf<
  { readonly exponents: Int32Array; readonly coordinates: MomentCoordinates },
  FourthMomentSum,
  GramParts & Omit<FourthMomentSum, 'gram'>
>({
  kind: 'fourthMoments',
  map: fourthMoments,
  zero: ({ dim }) => ({
    gram: new GramSum(productColumns(dim)),
    columnPowers: new Float64Array(dim),
    lost: false,
  }),
  merge: mergeFourthMoments,
  pack: ({ gram, columnPowers, lost }) => ({ ...gram.parts, columnPowers, lost }),
  unpack: ({ columnPowers, lost, ...parts }) => ({
    gram: new GramSum(parts.exponents.length, parts),
    columnPowers,
    lost,
  }),
  // Coordinates follow from the run's plan.
  key: ({ exponents }) => ({ exponents }),
  check(packed, { range, dim }) {
    const columns = productColumns(dim)
    const part = checkGram(packed, columns, rowsIn(range))
    const exponents = arrayOf(part.exponents, Int32Array, 'exponents', columns)
    each(exponents, 'exponents', '0, or that of a column of zeros', (e) => e === 0 || e === -100_000)
    within(arrayOf(part.columnPowers, Float64Array, 'columnPowers', dim), 'columnPowers', 0, Number.MAX_VALUE)
    truthOf(part.lost, 'lost')
  },
})
