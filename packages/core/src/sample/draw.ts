import type { ShardRows } from '../matrix/row-blocks.ts'
import { RandomStream } from '../random/random.ts'
import { Candidates } from '../sums/candidates.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { ExactSum } from '../arithmetic/exact-sum.ts'
import { forEachImportance } from './importance.ts'
import { probabilityOf } from './survey.ts'

/** Rows drawn from some rows of a matrix, by row id. Plain data. */
export interface DrawnRows {
  readonly rowIds: Float64Array
  readonly probabilities: Float64Array
  /** [drawn, dim], as they were read. */
  readonly rows: Float32Array | Float64Array
  /** Over all rows, drawn or not: parts of an ExactSum of the probabilities, and how many of them are 1. */
  readonly probabilityParts: Float64Array
  readonly certainRows: number
}

/** Whether row `rowId` is in the sample: a function of (seed, row id, p) alone; for sure where p is 1. */
export function isDrawn(stream: RandomStream, rowId: number, probability: number): boolean {
  if (probability >= 1) return true
  return probability > 0 && stream.fineUniform(rowId) < probability
}

/** The draws of rows: by this stream each row's own, whatever the cut. Throws Option where `seed` is none. */
export function rowStream(seed: number): RandomStream {
  return new RandomStream(seed, 'sampledRows')
}

/** Draws each row j of [range) by itself with p_j = min(1, scale t_j); without a factor each t_j is 1. */
export function drawRows(
  shard: ShardRows,
  factor: Factor | undefined,
  scale: number,
  seed: number,
): DrawnRows {
  const { source } = shard
  const { cols: dim, element } = source
  const stream = rowStream(seed)
  const drawn = new Candidates(dim, element)
  const sum = new ExactSum()
  let certainRows = 0
  forEachImportance(shard, factor, (importances, rows, rowStart) => {
    importances.forEach((importance, r) => {
      const probability = probabilityOf(importance, scale)
      sum.add(probability)
      if (probability === 1) certainRows++
      if (isDrawn(stream, rowStart + r, probability))
        drawn.push(rowStart + r, probability, rows.subarray(r * dim, (r + 1) * dim))
    })
  })
  return {
    rowIds: drawn.rowIds.slice(),
    probabilities: drawn.bounds.slice(),
    rows: drawn.keys.slice(),
    probabilityParts: sum.parts,
    certainRows,
  }
}
