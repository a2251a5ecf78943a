import { isQuadratic, type OfPower } from '../attention/attention.ts'
import { LevError } from '../errors/errors.ts'
import { noSample, type PrioritySample } from './priority-sample.ts'
import { GramSum } from './gram-sum.ts'
import { TriangularSum } from './triangular-sum.ts'

/**
 * What a summary carries for p other than 2 (theory.md section 2): every row got a weight w_j = v_j^(p/2), any v_j > 0, when
 * it arrived, and kept it. M and S count all rows; v_j of the keys that are still candidates lies beside them.
 *
 * Merge law: M, S and the rest's facts add or take the maximum (weighted-merge.ts); any weights in either part are valid.
 */
export interface WeightedForm {
  /** M = Σ w^(1-2/p) k̂k̂ᵀ [dim, dim], in the exponents of G. Its depth counts the roundings of the weighted rows too. */
  readonly gram: GramSum
  /** R of the weighted rows, where the summary is in triangular form. */
  readonly triangular: TriangularSum | undefined
  /** S = Σ w, in M's scale (p > 2). */
  readonly weightSum: number
  readonly droppedKeys: DroppedKeySums
}

/** What is known of the rows that are no candidates any more. */
export interface DroppedKeySums {
  /** C of them: no t_j / v_j is above it (p < 2). */
  readonly ratio: number
  /** No leverage score of them (p = 2, by G) is above it; 1 where that is not known. */
  readonly leverage: number
  /** The largest ridge of G, against D², by which a leverage was told. */
  readonly leverageRidge: number
  /** The largest t of those that a ridge dropped, in M's scale: their bound grows with S (NOTES.md "One pass"). */
  readonly ridgeScore: number
  /** Absent where rows were left out without being drawn from: after passes over files. */
  readonly sample: PrioritySample | undefined
}

/** What tells whether a summary has weights, and has them. */
interface Weighable extends OfPower {
  readonly policy: 'whole' | 'prefix'
  readonly weighted?: WeightedForm | undefined
}

/** Whether a summary's rows are weighed as they come; causal bounds weigh all alike. Files of earlier versions kept none. */
export function weighsRows({ p, policy }: Weighable): boolean {
  return !isQuadratic({ p }) && policy === 'whole'
}

/**
 * The weights by which a summary bounds its keys; undefined where the Gram decides (p = 2). Throws IncompatibleSummary where it
 * has none and needs them.
 */
export function weightsOf({ p, weighted }: Omit<Weighable, 'policy'>): WeightedForm | undefined {
  if (weighted || isQuadratic({ p })) return weighted
  throw new LevError(
    'IncompatibleSummary',
    `a summary for p = ${p} without the keys' weights cannot be merged: an earlier version wrote it; build it again`,
  )
}

/** The form of no rows, where any are weighed. `seed`: of the priority sample. */
export function noWeightedForm(
  attention: OfPower,
  dim: number,
  form: 'gram' | 'triangular',
  seed: number,
): WeightedForm | undefined {
  if (isQuadratic(attention)) return undefined
  const gram = new GramSum(dim)
  return {
    gram,
    triangular: form === 'triangular' ? new TriangularSum(dim, gram.exponents) : undefined,
    weightSum: 0,
    droppedKeys: { ratio: 0, leverage: 0, leverageRidge: 0, ridgeScore: 0, sample: noSample(dim, seed) },
  }
}

/** The rest's facts where all weights of its part were multiplied by `scale`: t goes with scale^(2/p-1). */
export function rescaledDroppedKeys(p: number, rest: DroppedKeySums, scale: number): DroppedKeySums {
  return scale === 1 ? rest : { ...rest, ridgeScore: rest.ridgeScore * scale ** (2 / p - 1) }
}

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
