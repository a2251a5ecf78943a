import type { Kernels } from '../kernels/kernels.ts'
import { scaleColumns } from '../summary/column-exponents.ts'
import type { Factor } from './factor.ts'
import { RowMap } from './row-map.ts'

/** Scores rows by one factor: tau = |lower⁻¹ y|², the only routine that does, so that no backend shows in the output. */
export class Scorer {
  readonly #kernels: Kernels
  readonly #factor: Factor
  readonly #lower: Float64Array
  readonly #map: RowMap | undefined

  /** Scores at most `maxRows` rows a call. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, factor: Factor, maxRows: number) {
    this.#kernels = kernels
    this.#factor = factor
    this.#lower = copyIn(kernels, factor.lower)
    if (factor.coordinates) this.#map = new RowMap(kernels, factor.coordinates, factor.dim, maxRows)
  }

  /** Scales a float64 block [rowCount, dim] into the factor's columns, in place. Float32 rows need none. */
  scale(rows: Float32Array | Float64Array, rowCount: number): void {
    if (rows instanceof Float64Array) scaleColumns(rows, rowCount, this.#factor.exponents)
  }

  /** tau [rowCount] of scaled rows [rowCount, dim]; `whitened` [rowCount, dim] receives x = lower⁻¹ y where given. */
  score(
    tau: Float64Array,
    rows: Float32Array | Float64Array,
    rowCount: number,
    whitened?: Float64Array,
  ): void {
    const y = this.#map?.map(rows, rowCount) ?? rows
    this.#kernels.leverage(tau, y, this.#lower, rowCount, this.#factor.dim, whitened)
  }
}

/** A copy of `values` in the kernels' memory. */
export function copyIn(kernels: Kernels, values: Float64Array): Float64Array {
  const copy = kernels.f64(values.length)
  copy.set(values)
  return copy
}
