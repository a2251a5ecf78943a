import type { LevFile } from '../lev/lev-reader.ts'
import type { LevBlock } from '../lev/lev-writer.ts'
import { cutRows } from '../matrix/row-ranges.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import { requireEach, requireExponents } from '../validation/block-checks.ts'
import { HeaderFields, readBlock } from './lev-fields.ts'
import type { PrefixTable } from '../universal/universal-set.ts'

/** The blocks of a causal .lev that hold the sums of the rows before each shard. */
export function prefixTableBlocks({ grams }: PrefixTable, dim: number): LevBlock[] {
  const lists = grams.map(({ gram }) => upperTriangle(gram, dim))
  const triangle = (dim * (dim + 1)) / 2
  return [
    { name: 'prefixGrams', dtype: 'f64', length: grams.length * triangle, data: lists },
    {
      name: 'prefixExponents',
      dtype: 'f64',
      length: grams.length * dim,
      data: grams.map(({ exponents }) => Float64Array.from(exponents)),
    },
    {
      name: 'prefixDepths',
      dtype: 'f64',
      length: grams.length,
      data: Float64Array.from(grams, ({ depth }) => depth),
    },
  ]
}

/** Throws Content where the blocks do not fit the header. */
export function prefixesFrom(
  file: LevFile,
  { dim, gram }: Pick<SummaryState, 'dim' | 'gram'>,
  shardRows: number,
): PrefixTable {
  if (shardRows === 0 && gram.rowCount > 0)
    throw new HeaderFields(file).contradiction('shardRows', '1 or more, as the set is causal')
  const shardCount = shardRows > 0 ? Math.ceil(gram.rowCount / shardRows) : 0
  const triangle = (dim * (dim + 1)) / 2
  const grams = readBlock(file, 'prefixGrams', shardCount * triangle)
  const exponents = readBlock(file, 'prefixExponents', shardCount * dim)
  const depths = readBlock(file, 'prefixDepths', shardCount)
  requireExponents(file.name, 'prefixExponents', exponents)
  requireEach(file.name, 'prefixDepths', depths, (depth) => Number.isSafeInteger(depth), 'whole numbers')
  // The blocks have so many entries: there are no more shards than the file has bytes.
  const shards = cutRows(gram.rowCount, Math.max(1, shardRows))
  return {
    shardRows,
    grams: shards.map(({ rowStart }, i) => ({
      gram: fromTriangle(grams.subarray(i * triangle, (i + 1) * triangle), dim),
      exponents: Int32Array.from(exponents.subarray(i * dim, (i + 1) * dim)),
      rowCount: rowStart,
      depth: depths[i],
    })),
  }
}

/** The upper triangle of `matrix` [dim, dim], row by row. */
function upperTriangle(matrix: Float64Array, dim: number): Float64Array {
  const out = new Float64Array((dim * (dim + 1)) / 2)
  let at = 0
  for (let a = 0; a < dim; a++) for (let b = a; b < dim; b++) out[at++] = matrix[a * dim + b]
  return out
}

function fromTriangle(triangle: Float64Array, dim: number): Float64Array {
  const matrix = new Float64Array(dim * dim)
  let at = 0
  for (let a = 0; a < dim; a++) for (let b = a; b < dim; b++) matrix[a * dim + b] = triangle[at++]
  return matrix
}
