import type { Kernels } from '../kernels/kernels.ts'
import type { WholeShape } from './heads-options.ts'

/** What goes in and comes out, of all heads, in the memory of their kernels: the caller fills and reads them where they lie. */
export interface HeadArrays {
  /** [heads, n, d] */
  readonly queries: Float32Array
  /** [heads, n, d] */
  readonly keys: Float32Array
  /** [heads, n, dv] */
  readonly values: Float32Array
  /** [heads, n, dv]: of `forward`. */
  readonly output: Float32Array
  /** [heads, n, dv]: dL/dO, for `backward`. */
  readonly dOutput: Float32Array
  /** [heads, n, d] */
  readonly dQueries: Float32Array
  /** [heads, n, d]: dL/dK, of `backward`. */
  readonly dKeys: Float32Array
  /** [heads, n, dv] */
  readonly dValues: Float32Array
}

/** The same of one head, and what its forward leaves for its backward. */
export interface HeadViews extends HeadArrays {
  /** [n, d]: queries times scale · log2 e. */
  readonly octaves: Float32Array
  readonly shifts: Float64Array
  readonly totals: Float64Array
  /** [n, dv]: sums of weighted values, at last the output in float64. */
  readonly sums: Float64Array
}

const OF_KEYS = ['queries', 'keys', 'dQueries', 'dKeys'] as const
const OF_VALUES = ['values', 'output', 'dOutput', 'dValues'] as const

export function headArrays(kernels: Kernels, { heads, rows, dim, valueDim }: WholeShape): HeadArrays {
  const named = <Name extends string>(names: readonly Name[], width: number) =>
    Object.fromEntries(names.map((name) => [name, kernels.f32(heads * rows * width)])) as Record<
      Name,
      Float32Array
    >
  return { ...named(OF_KEYS, dim), ...named(OF_VALUES, valueDim) }
}

/** Of each head; made once, so that no call makes any. */
export function headViews(
  kernels: Kernels,
  arrays: HeadArrays,
  { heads, rows, dim, valueDim }: WholeShape,
): HeadViews[] {
  return Array.from({ length: heads }, (_, head) => {
    const part = (array: Float32Array, width: number) =>
      array.subarray(head * rows * width, (head + 1) * rows * width)
    const parts = <Name extends keyof HeadArrays>(names: readonly Name[], width: number) =>
      Object.fromEntries(names.map((name) => [name, part(arrays[name], width)])) as Record<Name, Float32Array>
    return {
      ...parts(OF_KEYS, dim),
      ...parts(OF_VALUES, valueDim),
      octaves: kernels.f32(rows * dim),
      shifts: kernels.f64(rows),
      totals: kernels.f64(rows),
      sums: kernels.f64(rows * valueDim),
    }
  })
}
