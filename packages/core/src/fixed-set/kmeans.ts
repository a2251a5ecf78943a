import { type MatrixSource, newRows } from '../matrix/matrix-source.ts'
import { type ClusterSums, clusterSumsTask, NO_OWNER } from '../passes/cluster-sums.ts'
import { distancesTask } from '../passes/distances.ts'
import { ownersTask } from '../passes/owners.ts'
import { RandomStream } from '../random/random.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { askOf, type Recipe } from './ask.ts'
import { factorOfEntries, taskRanges } from './terms.ts'

const STEPS = 10

/** Rows of a matrix [rows, dim] that are clustered, all others being left out; times `factor`. */
interface Points {
  readonly source: MatrixSource
  /** Ascending. */
  readonly rows: Float64Array
  readonly factor: number
}

/** The cluster [points] of each row of `rows`, its nearest final centre's; its own where there are no more than `count`. */
export function* clustersOf(
  source: MatrixSource,
  rows: Float64Array,
  count: number,
  seed: number,
): Recipe<Uint32Array> {
  if (count >= rows.length) return Uint32Array.from(rows.keys())
  const points = yield* pointsOf(source, rows)
  const owners = yield* ownersOf(points, yield* centresOf(points, count, seed))
  return Uint32Array.from(rows, (row) => owners[row])
}

/** `count` different ones of `rows`, ascending: centre by centre the nearest that is not yet taken; all where they are fewer. */
export function* representativesOf(
  source: MatrixSource,
  rows: Float64Array,
  count: number,
  seed: number,
): Recipe<Float64Array> {
  if (count >= rows.length) return rows.slice()
  const points = yield* pointsOf(source, rows)
  const centres = yield* centresOf(points, count, seed)
  const taken = new Uint8Array(rows.length)
  for (let c = 0; c < count; c++) {
    const centre = centres.slice(c * source.cols, (c + 1) * source.cols)
    const distances = yield* distancesOf(points, centre)
    let nearest = -1
    distances.forEach((distance, i) => {
      if (taken[i] === 0 && (nearest < 0 || distance < distances[nearest])) nearest = i
    })
    taken[nearest] = 1
  }
  return rows.filter((_, i) => taken[i] === 1)
}

function* pointsOf(source: MatrixSource, rows: Float64Array): Recipe<Points> {
  return { source, rows, factor: yield* factorOfEntries(source, { rowStart: 0, rowEnd: source.rows }) }
}

/** [count, dim]: Lloyd's steps from k-means++; a centre without rows stays. */
function* centresOf(points: Points, count: number, seed: number): Recipe<Float64Array> {
  const dim = points.source.cols
  let centres = yield* firstCentres(points, count, seed)
  for (let step = 0; step < STEPS; step++) {
    const { sums, counts } = yield* clusterSums(points, yield* ownersOf(points, centres), count)
    centres = centres.map((x, i) => {
      const size = counts[Math.floor(i / dim)]
      return size > 0 ? sums[i] / size : x
    })
  }
  return centres
}

/** Rows drawn by their squared distance to those before (Arthur and Vassilvitskii, SODA 2007), as [count, dim]. */
function* firstCentres(points: Points, count: number, seed: number): Recipe<Float64Array> {
  const dim = points.source.cols
  const pointCount = points.rows.length
  const stream = new RandomStream(seed, 'selectionCentres')
  const gaps = new Float64Array(pointCount).fill(Infinity)
  const taken = new Uint8Array(pointCount)
  const centres = new Float64Array(count * dim)
  for (let c = 0; c < count; c++) {
    const drawn = c === 0 ? stream.below(pointCount, 0) : drawByGap(gaps, taken, stream.uniform(c))
    const centre = readPoint(points, drawn)
    centres.set(centre, c * dim)
    taken[drawn] = 1
    if (c === count - 1) break
    const distances = yield* distancesOf(points, centre)
    distances.forEach((distance, i) => (gaps[i] = Math.min(gaps[i], distance)))
  }
  return centres
}

/** The first place whose running sum of `gaps` exceeds `share` of them all; the lowest that is not taken where all are 0. */
function drawByGap(gaps: Float64Array, taken: Uint8Array, share: number): number {
  const target = share * gaps.reduce((sum, gap) => sum + gap, 0)
  if (gaps.every((gap) => gap === 0)) return taken.indexOf(0)
  let sum = 0
  const drawn = gaps.findIndex((gap) => (sum += gap) > target)
  return drawn >= 0 ? drawn : gaps.findLastIndex((gap) => gap > 0)
}

function readPoint({ source, rows, factor }: Points, at: number): Float64Array {
  const row = newRows(source.element, source.cols)
  source.readRows(rows[at], rows[at] + 1, row)
  scaleEntries(row, factor)
  return Float64Array.from(row)
}

/** [points] */
function* distancesOf({ source, rows, factor }: Points, centre: Float64Array): Recipe<Float64Array> {
  const all = new Float64Array(source.rows)
  yield askOf({
    task: distancesTask,
    source,
    ranges: taskRanges(source, { rowStart: 0, rowEnd: source.rows }),
    question: { factor, centre },
    take: (distances, { rowStart }) => all.set(distances, rowStart),
  })
  return rows.length === all.length ? all : Float64Array.from(rows, (row) => all[row])
}

/** Of every row of the source; NO_OWNER of those left out. */
function* ownersOf({ source, rows, factor }: Points, centres: Float64Array): Recipe<Uint32Array> {
  const all = new Uint32Array(source.rows)
  yield askOf({
    task: ownersTask,
    source,
    ranges: taskRanges(source, { rowStart: 0, rowEnd: source.rows }),
    question: { factor, centres },
    take: (owners, { rowStart }) => all.set(owners, rowStart),
  })
  if (rows.length === all.length) return all
  const owners = new Uint32Array(source.rows).fill(NO_OWNER)
  for (const row of rows) owners[row] = all[row]
  return owners
}

function* clusterSums({ source, factor }: Points, owners: Uint32Array, count: number): Recipe<ClusterSums> {
  let found: ClusterSums = { sums: new Float64Array(0), counts: new Float64Array(0) }
  yield askOf({
    task: clusterSumsTask,
    source,
    ranges: [{ rowStart: 0, rowEnd: source.rows }],
    question: { factor, owners, count },
    take: (sums) => (found = sums),
  })
  return found
}
