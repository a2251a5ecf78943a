/**
 * A head of self-attention over some of its keys, in float32, with all that goes before and after softmaxValues and softmaxGradient: one
 * call, as of small heads the rest would take as long. Sums in the order of these, every query sees every key that is kept.
 */
export interface SoftmaxHeads {
  /**
   * `octaves` = queries · factor in float64, rounded; rows of softmaxValues of these over the keys `ids`; `sums` = sums / totals, and
   * `output` the same in float32, 0 in rows of a total of 0. What was in `state` and `output` counts for nothing.
   */
  softmaxHead(output: Float32Array, state: HeadState, head: HeadInputs, factor: number): void

  /**
   * softmaxGradient of the same head and the state that it left, with means <dOutput, sums>, the columns ascending, in float64: the sums
   * of queries times `scale`, those of keys times `inverse`, those of values, each rounded to float32; 0 for keys that are not kept.
   */
  softmaxHeadGradient(
    out: HeadGradients,
    dOutput: Float32Array,
    state: HeadState,
    head: HeadInputs,
    scale: number,
    inverse: number,
  ): void
}

export interface HeadInputs {
  /** [rows, dim] */
  readonly queries: Float32Array
  readonly keys: Float32Array
  /** [rows, valueDim] */
  readonly values: Float32Array
  /** [keyCount]: the keys that are kept, each below `rows` and none twice; absent: all. */
  readonly ids?: Uint32Array | undefined
  readonly rows: number
  readonly keyCount: number
  readonly dim: number
  readonly valueDim: number
}

/** What the forward leaves to the backward. */
export interface HeadState {
  /** [rows, dim] */
  readonly octaves: Float32Array
  /** [rows] */
  readonly shifts: Float64Array
  readonly totals: Float64Array
  /** [rows, valueDim] */
  readonly sums: Float64Array
}

export interface HeadGradients {
  /** [rows, dim] */
  readonly dQueries: Float32Array
  readonly dKeys: Float32Array
  /** [rows, valueDim] */
  readonly dValues: Float32Array
}
