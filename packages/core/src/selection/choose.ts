/**
 * The order of choice, stated here alone: the `keep` of `ids` (ascending) with the largest scores, ties by row id; all where they
 * are fewer. `scores` by row id; a NaN counts as less than any number. Returns row ids, ascending.
 */
export function chooseLargest(scores: Float64Array, ids: Float64Array, keep: number): Float64Array {
  if (keep >= ids.length) return ids.slice()
  if (keep === 0) return new Float64Array(0)
  const sorted = Float64Array.from(ids, (id) => scoreOf(scores, id)).sort()
  const last = sorted[ids.length - keep]
  let above = 0
  for (let i = ids.length - 1; sorted[i] > last; i--) above++
  let ties = keep - above
  return ids.filter((id) => {
    const score = scoreOf(scores, id)
    return score > last || (score === last && ties-- > 0)
  })
}

function scoreOf(scores: Float64Array, id: number): number {
  const score = scores[id]
  return Number.isNaN(score) ? -Infinity : score
}
