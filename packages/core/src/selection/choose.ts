import { LargestValues } from '../arithmetic/largest-values.ts'

/**
 * The order of choice, stated here alone: the `keep` of `ids` (ascending) with the largest scores, ties by row id; all where they
 * are fewer. `scores` by row id; a NaN counts as less than any number. Returns row ids, ascending.
 */
export function chooseLargest(scores: Float64Array, ids: Float64Array, keep: number): Float64Array {
  if (keep >= ids.length) return ids.slice()
  if (keep === 0) return new Float64Array(0)
  const largest = new LargestValues(keep)
  for (let i = 0; i < ids.length; i++) largest.push(scoreOf(scores, ids[i]))
  // What counts as less than any number is not among them.
  const best = largest.sorted()
  const last = best.length < keep ? -Infinity : best[keep - 1]
  const above = best.findIndex((score) => score === last)
  let ties = keep - (above < 0 ? best.length : above)
  return ids.filter((id) => {
    const score = scoreOf(scores, id)
    return score > last || (score === last && ties-- > 0)
  })
}

function scoreOf(scores: Float64Array, id: number): number {
  const score = scores[id]
  return Number.isNaN(score) ? -Infinity : score
}
