/** A corner of what is drawn, in pixels. */
export type Point = readonly [x: number, y: number]

/** Pixels that words cover. */
export interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Where words may stand: on a line at y, from x, around it, or up to it. */
export interface Place {
  readonly x: number
  readonly y: number
  readonly anchor: 'start' | 'middle' | 'end'
}

/** What words must not stand on. */
export interface Obstacles {
  readonly lines: readonly (readonly Point[])[]
  readonly boxes: readonly Box[]
}

/** Of a line of words above and below its base; the room around them: beside, above and below. */
const [ASCENT, DESCENT, BESIDE, ABOVE] = [10, 3, 5, 2] as const

/** What words of so many pixels cover at a place. */
export function boxOf({ x, y, anchor }: Place, width: number): Box {
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2
  return { left, right: left + width, top: y - ASCENT, bottom: y + DESCENT }
}

/** The first of `places` at which words `width` pixels wide stand within `room` on nothing; else the one where they stand on least. */
export function freePlace(
  places: readonly Place[],
  width: number,
  { lines, boxes }: Obstacles,
  room: Box,
): Place | undefined {
  const inside = places.filter((place) => isWithin(boxOf(place, width), room))
  const hits = inside.map((place) => {
    const box = widened(boxOf(place, width))
    return (
      lines.filter((line) => crosses(line, box)).length + boxes.filter((one) => overlaps(one, box)).length
    )
  })
  return inside[hits.indexOf(Math.min(...hits))]
}

/** Whether a line through `points` enters the box. */
export function crosses(points: readonly Point[], box: Box): boolean {
  return points.some((to, i) => i > 0 && segmentEnters(points[i - 1], to, box))
}

function segmentEnters([x, y]: Point, [toX, toY]: Point, { left, right, top, bottom }: Box): boolean {
  // The part of the segment that lies between each pair of sides.
  let [from, to] = [0, 1]
  const sides = [
    [x, toX - x, left, right],
    [y, toY - y, top, bottom],
  ] as const
  for (const [start, step, least, most] of sides) {
    if (step === 0) {
      if (start < least || start > most) return false
      continue
    }
    const ends = [(least - start) / step, (most - start) / step]
    from = Math.max(from, Math.min(...ends))
    to = Math.min(to, Math.max(...ends))
  }
  return from <= to
}

function overlaps(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
}

function isWithin(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left &&
    inner.right <= outer.right &&
    inner.top >= outer.top &&
    inner.bottom <= outer.bottom
  )
}

function widened({ left, right, top, bottom }: Box): Box {
  return { left: left - BESIDE, right: right + BESIDE, top: top - ABOVE, bottom: bottom + ABOVE }
}
