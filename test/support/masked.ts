/**
 * Masked attention by brute force: written from the definition alone, one query and its own slice of the keys at a time,
 * and sharing no line with the product.
 */
import { attentionRow, type DenseMatrix, type HeavyAnswer, type HeavyPair, row } from './oracle.ts'

/** Query i stands at row queryStart + i; it sees its segment's keys, and of those only up to its own with `causal`. */
export interface MaskTerms {
  readonly causal: boolean
  readonly queryStart?: number | undefined
  readonly segment?: number | undefined
}

export function bruteForceMasked(
  queries: DenseMatrix,
  keys: DenseMatrix,
  epsilon: number,
  { causal, queryStart = 0, segment = Infinity }: MaskTerms,
  p = 2,
): HeavyAnswer {
  const pairs: HeavyPair[] = []
  const undefinedRows: number[] = []
  for (let query = 0; query < queries.rows; query++) {
    const position = queryStart + query
    const first = segment === Infinity ? 0 : Math.floor(position / segment) * segment
    const end = causal ? position + 1 : Math.min(keys.rows, first + segment)
    const seen = {
      rows: end - first,
      cols: keys.cols,
      data: keys.data.subarray(first * keys.cols, end * keys.cols),
    }
    const scores = attentionRow(row(queries, query), seen, p)
    if (scores === undefined) undefinedRows.push(query)
    else scores.forEach((score, key) => score >= epsilon && pairs.push({ query, key: first + key, score }))
  }
  return { pairs, undefinedRows }
}
