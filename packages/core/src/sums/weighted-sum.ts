import { GramSum } from './gram-sum.ts'

/** The weighted Gram M = Σ w^(1-2/p) yyᵀ of some rows in one pass's coordinates, and what the bounds need beside it. */
export interface WeightedSum {
  readonly gram: GramSum
  /** Σ_j w_j^(1-2/p) k̂_ja² [dim]: the diagonal of M in the keys' own columns. */
  readonly columnSquares: Float64Array
  /** S = Σ w, in row order. */
  readonly weightSum: number
}

/** Both sums, as a new value. Equal bytes need the plan's tree, as for every sum. */
export function mergeWeighted(a: WeightedSum, b: WeightedSum): WeightedSum {
  return {
    gram: a.gram.clone().merge(b.gram),
    columnSquares: a.columnSquares.map((square, i) => square + b.columnSquares[i]),
    weightSum: a.weightSum + b.weightSum,
  }
}

export function noWeights(dim: number): WeightedSum {
  return { gram: new GramSum(dim), columnSquares: new Float64Array(dim), weightSum: 0 }
}
