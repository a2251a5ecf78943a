import { rowsIn } from '../matrix/row-ranges.ts'
import { GramSum } from '../sums/gram-sum.ts'
import { type WeightedColumns, weightedGram } from './shard-sweeps.ts'
import { mergeWeighted, noWeights, type WeightedSum } from '../sums/weighted-form.ts'
import type { Preconditioner } from '../bounds/factor/preconditioner.ts'
import { checkGram, arrayOf, numberIn, within } from './part-checks.ts'
import { passOf } from './pass.ts'

interface WeighQuestion {
  readonly coordinates: Pick<Preconditioner, 'forward'>
  readonly exponents: Int32Array // [dim]
  readonly p: number
  readonly columns: WeightedColumns
}

interface PackedWeights extends Omit<WeightedSum, 'gram'> {
  readonly gram: Float64Array // [dim, dim], upper triangle
  readonly rowCount: number
  readonly depth: number
}

/** The weighted Gram of the keys, p other than 2: weights are a function of `coordinates` (theory.md section 2). */
export const weighPass = passOf<WeighQuestion, WeightedSum, PackedWeights>({
  kind: 'weigh',
  hasMatrices: true,
  map: (shard, { coordinates, exponents, p, columns }) =>
    weightedGram(shard, coordinates, exponents, p, columns),
  zero: ({ dim }) => noWeights(dim),
  merge: mergeWeighted,
  pack: ({ gram: { gram, rowCount, depth }, ...others }) => ({ ...others, gram, rowCount, depth }),
  unpack({ gram, rowCount, depth, ...others }) {
    const dim = others.columnSquares.length
    return { ...others, gram: new GramSum(dim, { gram, exponents: new Int32Array(dim), rowCount, depth }) }
  },
  check(packed, { range, dim }) {
    const part = checkGram(packed, dim, rowsIn(range))
    const squares = arrayOf(part.columnSquares, Float64Array, 'columnSquares', dim)
    within(squares, 'columnSquares', 0, Number.MAX_VALUE)
    numberIn(part.weightSum, 'weightSum', 0, Number.MAX_VALUE)
  },
})
