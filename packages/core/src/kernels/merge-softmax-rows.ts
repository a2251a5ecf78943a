import { powerOfTwo } from '../linalg/power-of-two.ts'
import type { SoftmaxRows } from './softmax-kernels.ts'

/** Rows with the sums of values that belong to them, [queryCount, valueDim], where there are values. */
export interface SoftmaxPart extends SoftmaxRows {
  readonly sums?: Float64Array | undefined
}

/**
 * into += from, row by row, of the same queries over other keys. The larger shift counts, the other side follows by a power of
 * two, exact down to 2^-1022: nothing is rounded but the additions, so the sides may change places, and a row that saw
 * nothing changes nothing. Order of more than two: the caller's, as with any sum.
 */
export function mergeSoftmaxRows(into: SoftmaxPart, from: SoftmaxPart): void {
  into.shifts.forEach((own, q) => {
    const other = from.shifts[q]
    const shift = Math.max(own, other)
    if (shift === -Infinity) return
    const [keep, take] = [powerOfTwo(own - shift), powerOfTwo(other - shift)]
    into.shifts[q] = shift
    into.totals[q] = into.totals[q] * keep + from.totals[q] * take
    if (into.sums && from.sums) mergeSums(into.sums, from.sums, q, into.shifts.length, keep, take)
  })
}

function mergeSums(
  into: Float64Array,
  from: Float64Array,
  q: number,
  queryCount: number,
  keep: number,
  take: number,
): void {
  const valueDim = into.length / queryCount
  for (let i = q * valueDim; i < (q + 1) * valueDim; i++) into[i] = into[i] * keep + from[i] * take
}
