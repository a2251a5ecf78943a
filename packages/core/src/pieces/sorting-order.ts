/** Places that are sorted, or merged, in one piece. */
const PIECE = 8192

/** The places 0 .. count - 1 in the order of `compare`, equal ones as they are numbered, a piece at a time. */
export function* sortingOrder(
  count: number,
  compare: (a: number, b: number) => number,
): Generator<void, Uint32Array, void> {
  let order = new Uint32Array(count)
  for (let start = 0; start < count; start += PIECE) {
    for (let place = start; place < Math.min(count, start + PIECE); place++) order[place] = place
    order.subarray(start, start + PIECE).sort((a, b) => compare(a, b) || a - b)
    yield
  }
  let merged = new Uint32Array(count)
  for (let run = PIECE; run < count; run *= 2) {
    for (let start = 0; start < count; start += 2 * run) {
      const middle = Math.min(count, start + run)
      yield* merging(order, merged, [start, middle, Math.min(count, middle + run)], compare)
    }
    ;[order, merged] = [merged, order]
  }
  return order
}

/** [start, middle) and [middle, end) of `from`, each sorted, into [start, end) of `into`. */
function* merging(
  from: Uint32Array,
  into: Uint32Array,
  [start, middle, end]: readonly [number, number, number],
  compare: (a: number, b: number) => number,
): Generator<void, void, void> {
  let [left, right] = [start, middle]
  for (let at = start; at < end; at++) {
    const isLeft = left < middle && (right === end || compare(from[left], from[right]) <= 0)
    into[at] = from[isLeft ? left++ : right++]
    if (at % PIECE === 0) yield
  }
}
