/** The gradient of Σ dOutput ∘ output of attention over given sets of keys, from the definition, dense, in float64. */
import { row, type DenseMatrix } from '../oracle.ts'
import { accurateDot, logitsOf, sharesOf } from './weights.ts'

export interface OracleHead {
  readonly queries: DenseMatrix
  readonly keys: DenseMatrix
  readonly values: DenseMatrix
}

export interface OracleGradients {
  readonly queries: Float64Array
  readonly keys: Float64Array
  readonly values: Float64Array
}

/** `selected`: the keys of each query; none: no gradient. */
export function oracleGradients(
  { queries, keys, values }: OracleHead,
  selected: readonly (readonly number[])[],
  dOutput: ArrayLike<number>,
  scale: number,
): OracleGradients {
  const zeros = ({ rows, cols }: DenseMatrix) => new Float64Array(rows * cols)
  const found = { queries: zeros(queries), keys: zeros(keys), values: zeros(values) }
  selected.forEach((ids, i) => {
    if (ids.length === 0) return
    const query = row(queries, i)
    const slopes = Float64Array.from({ length: values.cols }, (_, c) => dOutput[i * values.cols + c])
    const { shares } = sharesOf(Float64Array.from(logitsOf(query, keys, ids, { scale })))
    const products = Float64Array.from(ids, (id) => accurateDot(slopes, row(values, id)))
    const mean = accurateDot(shares, products)
    ids.forEach((id, at) => {
      const slope = scale * shares[at] * (products[at] - mean)
      addTo(found.queries, i, row(keys, id), slope)
      addTo(found.keys, id, query, slope)
      addTo(found.values, id, slopes, shares[at])
    })
  })
  return found
}

function addTo(sums: Float64Array, at: number, other: Float64Array, factor: number): void {
  other.forEach((x, c) => (sums[at * other.length + c] += factor * x))
}
