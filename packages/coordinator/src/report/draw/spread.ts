/** Places moved apart to at least `gap`, in their order and within [least, most] where they find room, as near as may be to where they were. */
export function spread(places: readonly number[], gap: number, least: number, most: number): number[] {
  const order = [...places.keys()].sort((a, b) => places[a] - places[b] || a - b)
  // Of neighbours that overlap the group as a whole moves: its middle stays.
  const groups: { middle: number; members: number[] }[] = []
  for (const index of order) {
    let group = { middle: places[index], members: [index] }
    for (
      let last = groups.at(-1);
      last && bottomOf(last, gap) + gap > topOf(group, gap);
      last = groups.at(-1)
    ) {
      groups.pop()
      const members = [...last.members, ...group.members]
      const middle = members.reduce((sum, member) => sum + places[member], 0) / members.length
      group = { middle: within(middle, members.length, gap, least, most), members }
    }
    groups.push({ ...group, middle: within(group.middle, group.members.length, gap, least, most) })
  }
  const moved = [...places]
  for (const group of groups)
    group.members.forEach((member, at) => (moved[member] = topOf(group, gap) + at * gap))
  return moved
}

interface Group {
  readonly middle: number
  readonly members: readonly number[]
}

function topOf({ middle, members }: Group, gap: number): number {
  return middle - ((members.length - 1) / 2) * gap
}

function bottomOf({ middle, members }: Group, gap: number): number {
  return middle + ((members.length - 1) / 2) * gap
}

function within(middle: number, length: number, gap: number, least: number, most: number): number {
  const half = ((length - 1) / 2) * gap
  return Math.max(least + half, Math.min(most - half, middle))
}
