/** A small .lev with a block of each type. */
import { createHash } from 'node:crypto'
import type { LevContent } from '@levattention/core/internal'
import { levToBytes } from '@levattention/core/internal'

export const small: LevContent = {
  kind: 'universal',
  header: { epsilon: 0.01, n: 1000, names: ['a', 'ü'], nested: { b: null, a: true } },
  blocks: [
    { name: 'rowIds', dtype: 'u64', length: 3, data: Float64Array.of(0, 2 ** 32 + 5, 2 ** 53) },
    { name: 'bounds', dtype: 'f64', length: 3, data: Float64Array.of(0.5, -0, 1e-300) },
    { name: 'keys', dtype: 'f32', length: 6, data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'slots', dtype: 'u32', length: 1, data: Uint32Array.of(0xffffffff) },
    { name: 'empty', dtype: 'u8', length: 0, data: new Uint8Array(0) },
  ],
}
export const smallBytes = levToBytes(small)

/** `bytes` with a right checksum over what they now are. */
export function resealed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy.set(createHash('sha256').update(copy.subarray(0, -32)).digest(), copy.length - 32)
  return copy
}
