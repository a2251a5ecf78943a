import type { Floats } from '@levattention/core'

/** out [rows, cols] of a product over `inner`. */
export interface Product {
  readonly rows: number
  readonly cols: number
  readonly inner: number
  /** Added to what is in `out`. */
  readonly adds?: boolean
  /** a stands as [inner, rows]. */
  readonly aIsTurned?: boolean
  /** b stands as [cols, inner]. */
  readonly bIsTurned?: boolean
}

/** One step of Adam: NOTES in assembly/adam.ts. */
export interface AdamStep {
  /** What the gradient is multiplied by. */
  readonly factor: number
  readonly rate: number
  readonly beta1: number
  readonly beta2: number
  /** 1 - beta1^step, 1 - beta2^step */
  readonly first: number
  readonly second: number
  readonly decay: number
}

/**
 * What a transformer is made of beside its attention, on arrays of its own memory: float32 in WebAssembly, and float64 in plain loops,
 * which says what each of these is. Rows are row-major; what a call writes overlaps nothing that it reads.
 */
export interface Layers<F extends Floats> {
  /** Zeros, for as long as the layers are used. */
  array(length: number): F
  /** out [rows, cols] = a [rows, inner] · b [inner, cols], or += . */
  multiply(out: F, a: F, b: F, product: Product): void
  /** into += x */
  add(into: F, x: F): void
  /** Every row of x [rows, cols] = row. */
  setRows(x: F, row: F, rows: number): void
  /** Every row of x [rows, cols] += row. */
  addRow(x: F, row: F, rows: number): void
  /** sums [cols] += every row of x [rows, cols]. */
  addColumnSums(sums: F, x: F, rows: number): void
  /** out = gain (x - mean) / deviation + bias of every row, the variance 1e-5 larger than it is; `stats` [rows, 2]: mean, 1 / deviation. */
  layerNorm(out: F, stats: F, x: F, affine: Affine<F>, rows: number): void
  /** dx += dL/dx of dy = dL/dout, and of gain and bias into `d`. */
  layerNormGradient(dx: F, d: Affine<F>, dy: F, stats: F, x: F, gain: F, rows: number): void
  /** out = x / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x³): GELU in its tanh form. */
  gelu(out: F, x: F): void
  /** d *= gelu'(x) */
  geluGradient(d: F, x: F): void
  /** Σ (factor x)² */
  sumOfSquares(x: F, factor: number): number
  adam(weights: F, gradient: F, moments: F, squares: F, step: AdamStep): void
}

/** Of layer normalisation [cols]. */
export interface Affine<F> {
  readonly gain: F
  readonly bias: F
}
