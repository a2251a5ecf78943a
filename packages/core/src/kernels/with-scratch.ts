import type { Kernels } from './kernels.ts'

/**
 * What `work` returns. The scratch that it took is free again when it ends, by a throw as well: the result must not lie in
 * the kernels' memory.
 */
export function withScratch<T>(kernels: Pick<Kernels, 'mark' | 'release'>, work: () => T): T {
  const mark = kernels.mark()
  try {
    return work()
  } finally {
    kernels.release(mark)
  }
}

/** Scratch for `length` elements of a matrix, of any content until they are read. */
export function scratchRows(
  kernels: Pick<Kernels, 'f32' | 'f64'>,
  element: 'f32' | 'f64',
  length: number,
): Float32Array | Float64Array {
  return element === 'f64' ? kernels.f64(length, 'any') : kernels.f32(length, 'any')
}

/** A copy of `values` in the kernels' memory. */
export function copyIn(kernels: Kernels, values: Float64Array): Float64Array {
  const copy = kernels.f64(values.length)
  copy.set(values)
  return copy
}
