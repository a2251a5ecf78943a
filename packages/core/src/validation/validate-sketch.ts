import { gamma } from '../arithmetic/numeric.ts'
import { requireEach, requireFiniteBlock, unusable } from './block-checks.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import type { SketchSum } from '../sums/sketch-sum.ts'

/**
 * Throws Content unless the sketches can be those of the rows whose columns' squares `gram` holds: finite; an entry is a sum of
 * ±k_ja over some rows, so the squares of a column sum to at most n G_aa (Cauchy and Schwarz).
 */
export function validateSketch(
  file: string,
  { dim, terms, tables, depth, filters }: SketchSum,
  { gram }: Pick<SummaryState, 'gram'>,
): void {
  const { rowCount } = gram
  requireEach(
    file,
    'gram',
    gram.gram,
    (value, i) => value === 0 || i % (dim + 1) === 0,
    'zero beside its diagonal, as this is a sketch',
    dim,
  )
  requireFiniteBlock(file, 'sketches', tables, dim)
  const most = 2 * rowCount + 2
  // Both sums are added up alike, the squares' not where a part is empty.
  if (depth < gram.depth || depth > most)
    throw unusable(file, 'sketchDepth', `from ${gram.depth} to ${most} for ${rowCount} rows`, depth)
  if (filters > most) throw unusable(file, 'sketchFilters', `${most} at most`, filters)
  const perSketch = terms.rows * dim
  const room = rowCount * (1 + 4 * gamma(depth + gram.depth + terms.rows + 4))
  for (let i = 0; i < terms.count; i++) {
    const squares = new Float64Array(dim)
    for (let at = 0; at < perSketch; at++) squares[at % dim] += tables[i * perSketch + at] ** 2
    squares.forEach((square, a) => {
      const limit = gram.gram[a * (dim + 1)] * room + perSketch * 2 ** -1070
      if (square <= limit) return
      const wanted = `sketches of the rows: the squares of a column sum to ${limit} at most`
      throw unusable(file, 'sketches', wanted, square, `in column ${a} of sketch ${i}`)
    })
  }
}
