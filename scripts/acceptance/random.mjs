// @ts-check
import { Random } from '../../test/support/random.mjs'

/**
 * `make(i, normal)` for i in [0, length), with the normals of `seed`.
 * @template {Float32Array | Float64Array} Numbers
 * @param {{ from(numbers: Iterable<number>): Numbers }} Type
 * @param {number} length
 * @param {number} seed
 * @param {(i: number, normal: number) => number} make
 */
export function filled(Type, length, seed, make) {
  const random = new Random(seed)
  return Type.from(Array.from({ length }, (_, i) => make(i, random.normal())))
}
