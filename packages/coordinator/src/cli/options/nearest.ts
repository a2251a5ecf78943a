/** The one of `names` that `wanted` was probably meant to be: at most a third of its letters differ. */
export function nearest(wanted: string, names: readonly string[]): string | undefined {
  const lower = wanted.toLowerCase().slice(0, 64)
  // One letter is like every other.
  if (lower.length === 1) return undefined
  const prefixed = names.filter((name) => lower.length >= 3 && name.startsWith(lower))
  if (prefixed.length === 1) return prefixed[0]
  const scored = names.map((name) => ({ name, distance: editDistance(lower, name) }))
  scored.sort((a, b) => a.distance - b.distance)
  const best = scored.at(0)
  return best !== undefined && best.distance <= Math.max(1, lower.length / 3) ? best.name : undefined
}

/** Letters to insert, leave out, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let [before, previous] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      current.push(
        Math.min(replaced, previous[j] + 1, current[j - 1] + 1, swapped ? before[j - 2] + 1 : Infinity),
      )
    }
    before = previous
    previous = current
  }
  return previous[b.length]
}
