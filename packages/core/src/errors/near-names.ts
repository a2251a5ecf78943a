/** Of `names`, the at most `limit` that look most like `wanted`, best first: at most a third of its letters differ, an extension not counted. */
export function nearNames(wanted: string, names: Iterable<string>, limit = 5): string[] {
  const scored: { name: string; distance: number; edits: number }[] = []
  const lower = wanted.toLowerCase()
  const most = Math.max(1, wanted.replace(/(?<=.)\.[^.]*$/, '').length / 3)
  for (const name of names) {
    const { distance, edits } = likeness(lower, name.toLowerCase())
    if (distance <= most) scored.push({ name, distance, edits })
  }
  scored.sort((a, b) => a.distance - b.distance || a.edits - b.edits || (a.name < b.name ? -1 : 1))
  return scored.slice(0, limit).map((entry) => entry.name)
}

/** Edits, and the distance that they make: 1 at most where one name contains the other, if that is no mere letter or two. */
function likeness(a: string, b: string): { distance: number; edits: number } {
  if (Math.abs(a.length - b.length) > 64) return { distance: Infinity, edits: Infinity }
  const edits = editDistance(a, b)
  const isPart = Math.min(a.length, b.length) > 2 && (a.includes(b) || b.includes(a))
  return { distance: isPart ? Math.min(edits, 1) : edits, edits }
}

/** Letters to insert, leave out, replace or swap with their neighbour; of the first 200 characters. */
function editDistance(long: string, short: string): number {
  const a = long.slice(0, 200)
  const b = short.slice(0, 200)
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? before[j - 2] + 1 : Infinity
      current.push(Math.min(replaced, previous[j] + 1, current[j - 1] + 1, swapped))
    }
    before = previous
    previous = current
  }
  return previous[b.length]
}

/** The one of `names` that `wanted`, a command or an option, was probably meant to be: at most a third of its letters differ. */
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
