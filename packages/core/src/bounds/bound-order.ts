import { atOnce } from '../pieces/at-once.ts'

/** Below this comparing is as fast. */
const FEWEST_COUNTED = 4096
const DIGIT_BITS = 16
const DIGITS = 2 ** DIGIT_BITS

/** Slots by bound descending, ties by row id; bounds are not negative. Linear in their number where row ids ascend. */
export function boundOrder(bounds: Float64Array, rowIds: Float64Array): Uint32Array {
  return atOnce(orderingByBound(bounds, rowIds))
}

/** As `boundOrder`, a digit at a time: others of this thread may come between. */
export function* orderingByBound(
  bounds: Float64Array,
  rowIds: Float64Array,
): Generator<void, Uint32Array, void> {
  const slots = new Uint32Array(bounds.length)
  for (let slot = 0; slot < slots.length; slot++) slots[slot] = slot
  if (bounds.length < FEWEST_COUNTED || !ascends(rowIds))
    return slots.sort((a, b) => bounds[b] - bounds[a] || rowIds[a] - rowIds[b])
  // Numbers that are not negative are ordered as their bits are, and counting leaves equal ones in row order.
  const words = new Uint32Array(Float64Array.from(bounds).buffer)
  let order = slots
  for (const word of [0, 1])
    for (const shift of [0, DIGIT_BITS]) {
      yield
      order = byDigit(order, words, word, shift)
    }
  return order
}

/** The slots by one digit of their bounds' bits, the largest first; equal ones as they were. -0 counts as 0. */
function byDigit(
  slots: Uint32Array,
  words: Uint32Array,
  word: number,
  shift: number,
): Uint32Array<ArrayBuffer> {
  const digits = new Uint16Array(slots.length)
  const starts = new Uint32Array(DIGITS + 1)
  for (let i = 0; i < slots.length; i++) {
    const at = 2 * slots[i]
    const isZero = words[at] === 0 && words[at + 1] << 1 === 0
    digits[i] = isZero ? DIGITS - 1 : DIGITS - 1 - ((words[at + word] >>> shift) & (DIGITS - 1))
    starts[digits[i] + 1]++
  }
  for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1] += starts[digit]
  const sorted = new Uint32Array(slots.length)
  for (let i = 0; i < slots.length; i++) sorted[starts[digits[i]]++] = slots[i]
  return sorted
}

function ascends(rowIds: Float64Array): boolean {
  for (let slot = 1; slot < rowIds.length; slot++) if (!(rowIds[slot] > rowIds[slot - 1])) return false
  return true
}
