/** Keys between regular and singular, where bounds are needed most. */
import * as fc from 'fast-check'
import {
  anyKeys,
  gaussianKeys,
  keyLikeKeys,
  nearlyDeficientKeys,
  rankDeficientKeys,
  scaledColumnKeys,
} from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import type { DenseMatrix } from '../support/oracle.ts'

const shape = { maxRows: 24, maxCols: 5 }
export const small = () => anyKeys(shape)
/** Between regular and singular, where the bounds are needed most. */
export const delicate = () =>
  fc.oneof(
    nearlyDeficientKeys(shape),
    keyLikeKeys(shape),
    scaledColumnKeys(shape),
    rankDeficientKeys(shape),
    ...[10, 20, 40].map((maxBits) =>
      fc
        .tuple(keyLikeKeys(shape), fc.integer({ min: maxBits - 9, max: maxBits }))
        .map(([keys, bits]) => nearly(keys, bits)),
    ),
  )

/** Regular, mostly after a refining pass. */
export const refinable = () =>
  fc
    .tuple(gaussianKeys({ ...shape, minRows: 12 }), fc.integer({ min: 12, max: 19 }))
    .map(([keys, bits]) => nearly(keys, bits))

/** The last column is the sum of the others but for one row, or a few, that differ by 2^-20 to 2^-51. */
export const hidden = () =>
  fc
    .tuple(gaussianKeys({ ...shape, minRows: 8 }), fc.integer({ min: 20, max: 51 }), fc.nat(2))
    .map(([keys, bits, more]) => {
      const { rows, cols } = keys
      const data = keys.data.map((x) => Math.round(x * 2 ** 20) / 2 ** 20)
      if (cols === 1) return keys
      for (let j = 0; j < rows; j++) {
        const end = (j + 1) * cols - 1
        data[end] = data.subarray(j * cols, end).reduce((sum, x) => sum + x, 0)
        if (j <= more) data[end] += 2 ** -bits
      }
      return { ...keys, data }
    })

/** The last column replaced by the first, but for a difference of 2^-bits: condition about 2^bits. */
function nearly(keys: DenseMatrix, bits: number): DenseMatrix {
  const random = new Random(bits)
  const data = keys.data.slice()
  for (let j = 0; j < keys.rows; j++) {
    data[(j + 1) * keys.cols - 1] = data[j * keys.cols] * (1 + random.normal() * 2 ** -bits)
  }
  return { ...keys, data }
}
