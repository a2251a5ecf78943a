import type { Kernels } from './kernels.ts'

/** A copy of `values` in the kernels' memory. */
export function copyIn(kernels: Kernels, values: Float64Array): Float64Array {
  const copy = kernels.f64(values.length)
  copy.set(values)
  return copy
}
