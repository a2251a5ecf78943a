/** Points of a curve that a reader can tell apart: neighbours at least 1.5 pixels away from one another, and both ends. */
export function thinned<Point>(
  points: readonly Point[],
  pixelOf: (point: Point) => readonly [x: number, y: number],
): Point[] {
  const kept: Point[] = []
  let last: readonly [number, number] | undefined
  points.forEach((point, i) => {
    const [x, y] = pixelOf(point)
    const isFar = last === undefined || Math.abs(x - last[0]) + Math.abs(y - last[1]) >= 1.5
    if (!isFar && i < points.length - 1) return
    kept.push(point)
    last = [x, y]
  })
  return kept
}
