/** The first place of ascending `ids` that holds `id` or more; their count where none does. */
export function firstAtLeast(ids: Float64Array, id: number): number {
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle] < id) low = middle + 1
    else high = middle
  }
  return low
}
