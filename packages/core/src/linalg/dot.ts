/**
 * sum over k < count of left[leftStart + k] * right[rightStart + k].
 *
 * Four partial sums, so that additions overlap in the processor; the order is fixed, so the same input gives
 * the same bits. Whatever the order, the result is the exact one for left entries each perturbed by at most
 * gamma_count relative (Higham 2002, section 3.1, eq. (3.4)), barring underflow. Throws nothing.
 */
export function dotRange(
  left: Float64Array,
  leftStart: number,
  right: Float64Array,
  rightStart: number,
  count: number,
): number {
  let sum0 = 0
  let sum1 = 0
  let sum2 = 0
  let sum3 = 0
  const unrolledEnd = leftStart + (count & ~3)
  let l = leftStart
  let r = rightStart
  for (; l < unrolledEnd; l += 4, r += 4) {
    sum0 += left[l] * right[r]
    sum1 += left[l + 1] * right[r + 1]
    sum2 += left[l + 2] * right[r + 2]
    sum3 += left[l + 3] * right[r + 3]
  }
  const end = leftStart + count
  for (; l < end; l++, r++) sum0 += left[l] * right[r]
  return sum0 + sum1 + (sum2 + sum3)
}
