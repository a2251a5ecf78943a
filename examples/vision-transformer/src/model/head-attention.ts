import type { Floats } from '@levattention/core'

/** Of all heads of a block. */
export interface HeadTokens<F extends Floats> {
  /** [heads, tokens, headDim] */
  readonly queries: F
  readonly keys: F
  readonly values: F
}

/** The attention of one block, on whose forward its backward rests. */
export interface HeadAttention<F extends Floats> {
  /** Of each head the keys that the last forward chose, ascending; empty where all are kept. */
  readonly keyIds: readonly Float64Array[]
  /** output [heads, tokens, headDim]; `draw`: which of the random choices. */
  forward(output: F, tokens: HeadTokens<F>, draw: number): void
  /** What `dOutput` [heads, tokens, headDim] says of the last forward's tokens, into `d`. */
  backward(d: HeadTokens<F>, dOutput: F): void
}
