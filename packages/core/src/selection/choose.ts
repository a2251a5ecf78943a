import { LargestValues } from '../arithmetic/largest-values.ts'

/**
 * The order of choice, stated here alone: the `keep` of `ids` (ascending) with the largest scores, ties by row id; all where they
 * are fewer. `scores` by row id; a NaN counts as less than any number. Returns row ids, ascending.
 */
export function chooseLargest(scores: Float64Array, ids: Float64Array, keep: number): Float64Array {
  if (keep >= ids.length) return ids.slice()
  const own = new Float64Array(ids.length)
  for (let i = 0; i < own.length; i++) own[i] = scoreOf(scores, ids[i])
  return largestPlaces(own, keep).map((place) => ids[place])
}

/** Places of the `keep` largest of `values`, none of them NaN, as chooseLargest orders them: ascending. `keep` <= values.length. */
export function largestPlaces(values: Float64Array, keep: number): Float64Array {
  const chosen = new Float64Array(keep)
  if (keep === 0) return chosen
  const last = nthLargest(values.slice(), keep)
  let ties = keep
  for (let i = 0; i < values.length; i++) if (values[i] > last) ties--
  let count = 0
  for (let i = 0; i < values.length; i++)
    if (values[i] > last || (values[i] === last && ties-- > 0)) chosen[count++] = i
  return chosen
}

/** As many as are told slower by the n largest than they are parted; of more a part may take its worst case. */
const PARTED = 4096

/** The n-th largest of `values`, n >= 1, none of them NaN; they are left in another order. */
export function nthLargest(values: Float64Array, n: number): number {
  if (values.length > PARTED) {
    const largest = new LargestValues(n)
    for (const value of values) largest.push(value)
    // What counts as less than any number is not among them.
    return largest.sorted()[n - 1] ?? -Infinity
  }
  const place = n - 1
  let [low, high] = [0, values.length - 1]
  while (low < high) {
    // Hoare: values[low..j] >= pivot >= values[i..high].
    const pivot = values[(low + high) >> 1]
    let [i, j] = [low, high]
    while (i <= j) {
      while (values[i] > pivot) i++
      while (values[j] < pivot) j--
      if (i > j) break
      const swapped = values[i]
      values[i++] = values[j]
      values[j--] = swapped
    }
    if (place <= j) high = j
    else if (place >= i) low = i
    else break
  }
  return values[place]
}

function scoreOf(scores: Float64Array, id: number): number {
  const score = scores[id]
  return Number.isNaN(score) ? -Infinity : score
}
