/** k-means++ by Philox and 10 Lloyd steps, all in float64 and in row order; ties go to the lower row or centre. */
import { drawBelow, uniformDraw } from './philox.ts'

type Points = readonly Float64Array[]

function squaredDistance(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, a) => sum + (value - y[a]) ** 2, 0)
}

function lowest(values: readonly number[]): number {
  return values.indexOf(Math.min(...values))
}

function nearestCentre(x: Float64Array, centres: Points): number {
  return lowest(centres.map((centre) => squaredDistance(x, centre)))
}

function firstCentres(points: Points, count: number, seed: number): Float64Array[] {
  const taken = [drawBelow(points.length, seed, 'selectionClusters', 0)]
  while (taken.length < count) {
    const gaps = points.map((x) => Math.min(...taken.map((t) => squaredDistance(x, points[t]))))
    const total = gaps.reduce((sum, gap) => sum + gap, 0)
    const target = uniformDraw(seed, 'selectionClusters', taken.length) * total
    let sum = 0
    const drawn = gaps.findIndex((gap) => (sum += gap) > target)
    const free = points.findIndex((_, j) => !taken.includes(j))
    taken.push(total === 0 ? free : drawn >= 0 ? drawn : gaps.findLastIndex((gap) => gap > 0))
  }
  return taken.map((j) => points[j])
}

function centresOf(points: Points, count: number, seed: number): Float64Array[] {
  let centres = firstCentres(points, count, seed)
  for (let step = 0; step < 10; step++) {
    const owners = points.map((x) => nearestCentre(x, centres))
    centres = centres.map((centre, c) => meanOf(points.filter((_, j) => owners[j] === c)) ?? centre)
  }
  return centres
}

/** Undefined of no points. */
export function meanOf(points: Points): Float64Array | undefined {
  if (points.length === 0) return undefined
  return points[0].map((_, a) => points.reduce((sum, x) => sum + x[a], 0) / points.length)
}

/** Cluster of each point: its nearest final centre; its own where count >= points. */
export function clustersOf(points: Points, count: number, seed: number): number[] {
  if (count >= points.length) return points.map((_, j) => j)
  const centres = centresOf(points, count, seed)
  return points.map((x) => nearestCentre(x, centres))
}

/** `count` different points: centre by centre the nearest that is not yet taken. */
export function representativesOf(points: Points, count: number, seed: number): number[] {
  if (count >= points.length) return points.map((_, j) => j)
  const taken: number[] = []
  for (const centre of centresOf(points, count, seed)) {
    taken.push(lowest(points.map((x, j) => (taken.includes(j) ? Infinity : squaredDistance(x, centre)))))
  }
  return taken
}
