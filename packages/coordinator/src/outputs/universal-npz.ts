import {
  boundSlackOf,
  canonicalJson,
  type NpzArray,
  type MergeRecord,
  type UniversalSet,
  attentionName,
} from '@levattention/core/internal'
import { guaranteeOf, guaranteeHeader } from '../problem/guarantee.ts'

export const UNIVERSAL_NPZ_VERSION = 1

/**
 * The arrays of u.npz, for NumPy (docs/formats.md): rowIds [u], bounds [u], keys [u, d]; and to score any key: factor [d, d]
 * lower triangular, exponents [d], where refined forward [d, d], with
 * `y = key * 2.0**-exponents` (then `y = y @ forward`), `tau = |factor⁻¹ y|²`; p other than 2: the bound is
 * `tau**(p/2) * weightSum**(p/2-1)` (p > 2), `tau**(p/2) * weightRatio**(1-p/2)` (p < 2), where ridge is 0.
 */
export function* universalArrays(universal: UniversalSet, origin: MergeRecord): Generator<NpzArray> {
  const { rowIds, bounds, keys, factor, dim } = universal
  const count = rowIds.length
  const element = keys instanceof Float64Array ? 'f64' : 'f32'
  yield { name: 'rowIds', dtype: 'u64', shape: [count], data: rowIds }
  yield { name: 'bounds', dtype: 'f64', shape: [count], data: bounds }
  yield { name: 'keys', dtype: element, shape: [count, dim], data: keys }
  yield factorArray(universal)
  yield { name: 'exponents', dtype: 'i32', shape: [dim], data: factor.exponents }
  if (factor.preconditioner)
    yield { name: 'forward', dtype: 'f64', shape: [dim, dim], data: factor.preconditioner.forward }
  yield { name: 'meta', text: canonicalJson(metaOf(universal, origin)) }
}

/** Method sketch: the factor of each sketch, [r, d, d]. */
function factorArray({ factor: { sketch, lower }, dim }: UniversalSet): NpzArray {
  if (!sketch) return { name: 'factor', dtype: 'f64', shape: [dim, dim], data: lower }
  const data = new Float64Array(sketch.lowers.length * dim * dim)
  sketch.lowers.forEach((one, i) => data.set(one, i * dim * dim))
  return { name: 'factors', dtype: 'f64', shape: [sketch.lowers.length, dim, dim], data }
}

function metaOf(
  { p, epsilon, rowCount, dim, factor, prefixes }: UniversalSet,
  { ranges, seen }: Pick<MergeRecord, 'ranges' | 'seen'>,
) {
  const { rank, condition, ridge, power } = factor
  return {
    formatVersion: UNIVERSAL_NPZ_VERSION,
    attention: attentionName({ p }),
    p,
    epsilon,
    causal: prefixes !== undefined,
    n: rowCount,
    d: dim,
    rows: ranges.map(({ rowStart, rowEnd }) => [rowStart, rowEnd]),
    ...seen,
    rank,
    condition,
    thresholdSlack: prefixes === undefined ? boundSlackOf(factor) : factor.thresholdSlack,
    ridge,
    ...(factor.isTight ? { ridgeRule: 'tight' } : {}),
    ...(factor.sketch
      ? { ...guaranteeHeader(guaranteeOf(factor, epsilon)), inflation: factor.sketch.inflation }
      : {}),
    ...(factor.dropRidge > 0 && factor.ridge === 0 ? { dropRidge: factor.dropRidge } : {}),
    ...(power ? { weightSum: power.weightSum, weightRatio: power.weightRatio } : {}),
  }
}
