import { LevError } from '@levattention/core/internal'

/** Throws ShapeMismatch where `queries` are no rows of `dim` numbers. */
export function requireQueries(queries: Float32Array | Float64Array, dim: number): void {
  if (!(queries instanceof Float32Array || queries instanceof Float64Array))
    throw new LevError('ShapeMismatch', 'queries must be a Float32Array or a Float64Array, row-major')
  if (queries.length % dim === 0) return
  throw new LevError(
    'ShapeMismatch',
    `${queries.length} numbers are not a whole number of queries of ${dim} columns`,
  )
}
