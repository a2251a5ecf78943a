import { compensatedDot } from '../arithmetic/expansion.ts'

/** See Kernels.dotsAtLeastOne. */
export function dotsAtLeastOne(
  hits: Uint32Array,
  queries: Float32Array,
  queryCount: number,
  keys: Float32Array,
  keyCount: number,
  dim: number,
): number {
  let hitCount = 0
  for (let q = 0; q < queryCount; q++) {
    for (let k = 0; k < keyCount; k++) {
      // Negated, so that a NaN is a hit.
      if (Math.abs(dotF32(queries, q * dim, keys, k * dim, dim)) < 1) continue
      hits[2 * hitCount] = q
      hits[2 * hitCount + 1] = k
      hitCount++
    }
  }
  return hitCount
}

/** <query, key> in float32, from 0, ascending. Both start at their offsets. */
export function dotF32(
  queries: Float32Array,
  queryOffset: number,
  keys: Float32Array,
  keyOffset: number,
  dim: number,
): number {
  let sum = 0
  for (let a = 0; a < dim; a++) {
    sum = Math.fround(sum + Math.fround(queries[queryOffset + a] * keys[keyOffset + a]))
  }
  return sum
}

/** See Kernels.compensatedDots. */
export function compensatedDots(
  out: Float64Array,
  queries: Float64Array,
  queryCount: number,
  keys: Float32Array | Float64Array,
  keyCount: number,
  dim: number,
): void {
  for (let q = 0; q < queryCount; q++) {
    for (let k = 0; k < keyCount; k++) {
      out[q * keyCount + k] = compensatedDot(queries, q * dim, keys, k * dim, dim)
    }
  }
}
