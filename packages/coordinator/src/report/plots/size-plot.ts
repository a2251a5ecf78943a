import type { Figure } from '../draw/figure.ts'
import { count, counted, plain, share, short } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { type Box, boxOf, freePlace, type Place, type Point } from '../draw/place-words.ts'
import { logScale } from '../draw/scale.ts'
import { ROUND_EPSILONS } from '../facts/report-facts.ts'
import { thinned } from './thinned.ts'

/** How many of n keys there are at each epsilon. */
export interface SizeCurve {
  readonly n: number
  /** Epsilon descending. */
  readonly points: readonly (readonly [epsilon: number, size: number])[]
  /** They are all places where the number changes; else some epsilons that were tried. */
  readonly isStepped?: boolean
  /** The one that is looked at, where one is. */
  readonly epsilon?: number
  readonly size?: number
  /** The least round one that leaves a tenth of the keys; undefined where none does. */
  readonly helping?: { readonly epsilon: number; readonly size: number } | undefined
  /** Below it nothing is known; absent: all is. */
  readonly floor?: number
  /** Whether sizes are of bounds that can be far above the scores. */
  readonly isLoose?: boolean
  /** At most `total` / epsilon keys, whatever they are. */
  readonly total?: number
  /** What `total` is; default d. */
  readonly totalName?: 'rank' | 'd' | undefined
  readonly noun: string
}

/** What is smaller is not drawn; the axis ends where U holds so much of all that it ever holds. */
const [LEAST_EPSILON, NEARLY_ALL] = [1e-9, 0.9] as const
/** The axis begins there at the latest. */
const LATEST_START = 1e-3
/** So far, as a factor, the last step stands from the left edge. */
const EDGE = 1.5
/** The largest epsilon that reports try. */
const LARGEST_ROUND = 0.99
/** Scores from here on are 1 but for rounding. */
const ALL = 1 - 1e-9
/** Of 'not known' beside the end of the curve; of a character of a label, about. */
const [NOT_KNOWN_WIDTH, LABEL_CHARACTER] = [70, 6.5] as const

/** |U| against epsilon, and the epsilon that helps. */
export function sizePlot(curve: SizeCurve): Figure {
  const { n, epsilon, size = 0, total, noun } = curve
  const from = leastDrawn(curve)
  const ends = curve.points.filter(([at, kept]) => kept > 0 && at >= from)
  const top = 10 ** Math.max(1, Math.ceil(Math.log10(n) - 1e-9))
  const panel = new Panel({ x: logScale(from, 1), y: logScale(1, top), left: n >= 1e6 ? 62 : 50 })
  panel.axes({ xLabel: 'epsilon (log)', yLabel: `|U|, ${noun}s (log)`, yText: count })
  const limits = drawLimits(panel, { n, total, from })
  // Known down to the floor, whether a key stands there or not.
  const least = Math.max(from, curve.floor ?? (curve.isStepped ? from : 1))
  const known: SizeCurve['points'] =
    ends.length === 0 || least >= ends[ends.length - 1][0]
      ? ends
      : [...ends, [least, ends[ends.length - 1][1]]]
  const drawn = thinned(known, ([at, keys]) => [panel.x(at), panel.y(keys)])
  // Beyond the largest score U is empty; where that is 1, there is no such epsilon.
  const fall = drawn.length > 0 && drawn[0][0] < ALL ? [[drawn[0][0], 1] as const] : []
  const line = [...fall, ...(curve.isStepped ? stepped(drawn) : drawn)]
  if (line.length > 0) panel.line(line, 'leverage')
  if (curve.floor !== undefined) markFloor(panel, curve.floor, ends.at(-1)?.[1] ?? 0, from)
  const marks =
    epsilon === undefined
      ? NO_MARKS
      : markEpsilon(panel, epsilon, size, { drawn, isEnd: epsilon === curve.floor })
  const lines = [
    ...limits.lines,
    ...marks.lines,
    line.map(([at, keys]): Point => [panel.x(at), panel.y(keys)]),
  ]
  const boxes = [...limits.boxes, ...marks.boxes]
  if (total !== undefined && hasLimit(n, total)) {
    const words = `${curve.totalName ?? 'd'}/epsilon`
    boxes.push(...nameLimit(panel, { total, from: limits.start, words }, { lines, boxes }))
  }
  if (curve.helping !== undefined && curve.helping.epsilon !== epsilon)
    markHelping(panel, curve.helping, epsilon, { lines, boxes })
  return { name: 'size', title: titleOf(curve), width: PANEL_WIDTH, height: panel.height, body: panel.body }
}

/** The decade where U holds nearly all that it ever holds, or where the epsilon that is looked at stands. */
function leastDrawn({ points, epsilon = 1 }: SizeCurve): number {
  const known = points.filter(([at, kept]) => kept > 0 && at >= LEAST_EPSILON)
  const most = known.at(-1)?.[1] ?? 0
  const [end] = known.find(([, kept]) => kept >= NEARLY_ALL * most) ?? [1]
  return Math.min(LATEST_START, 10 ** Math.floor(Math.log10(Math.min(epsilon, end / EDGE)) + 1e-9))
}

/** A key comes in at its own epsilon, not on the way there. */
function stepped(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.flatMap(([at, size], i) =>
    i === 0
      ? [[at, size] as const]
      : [
          [at, points[i - 1][1]],
          [at, size],
        ],
  )
}

/** Whether the line of d/epsilon is drawn. */
function hasLimit(n: number, total: number | undefined): boolean {
  return total !== undefined && total < n / 4
}

/** What is drawn, in pixels: words keep off it. */
interface Marks {
  readonly lines: readonly (readonly Point[])[]
  readonly boxes: readonly Box[]
}

const NO_MARKS: Marks = { lines: [], boxes: [] }

/** The line of all keys with its name, and that of d/epsilon, which begins at `start`. */
function drawLimits(
  panel: Panel,
  { n, total, from }: { readonly n: number; readonly total: number | undefined; readonly from: number },
): Marks & { readonly start: number } {
  const y = panel.y(n)
  panel.path('ln random', `M${panel.left} ${short(y)}H${panel.right}`, ' stroke-dasharray="4 3"')
  const words = `all ${count(n)}`
  const place: Place = { x: panel.right, y: y - 5, anchor: 'end' }
  panel.text(place.x, place.y, words, 't-random', place.anchor)
  const all: readonly Point[] = [
    [panel.left, y],
    [panel.right, y],
  ]
  const boxes = [boxOf(place, words.length * LABEL_CHARACTER)]
  // Where it tells of a part of the keys, and apart from their number.
  if (total === undefined || !hasLimit(n, total)) return { lines: [all], boxes, start: from }
  const start = Math.max(from, total / n)
  const limit = [
    [start, Math.min(n, total / start)],
    [1, total],
  ] as const
  panel.line(limit, 'muted', '4 3')
  return { lines: [all, limit.map(([at, keys]): Point => [panel.x(at), panel.y(keys)])], boxes, start }
}

/** The name of the line of d/epsilon, right above it, or left below. */
function nameLimit(
  panel: Panel,
  { total, from, words }: { readonly total: number; readonly from: number; readonly words: string },
  marks: Marks,
): Box[] {
  const width = words.length * LABEL_CHARACTER
  const places = [0.35, 0.5, 0.65, 0.2, 0.8].flatMap((part): Place[] => {
    const at = from ** (1 - part)
    const [x, y] = [panel.x(at), panel.y(total / at)]
    return [
      { x: x + 8, y: y - 6, anchor: 'start' },
      { x: x - 8, y: y + 14, anchor: 'end' },
    ]
  })
  const rightFirst = places.toSorted((a, b) => Number(a.anchor === 'end') - Number(b.anchor === 'end'))
  const place = freePlace(rightFirst, width, marks, roomOf(panel))
  if (!place) return []
  panel.text(place.x, place.y, words, 't-muted halo', place.anchor)
  return [boxOf(place, width)]
}

/** Between the axes, and as far right as the figure goes. */
function roomOf({ left, top, bottom }: Panel): Box {
  return { left: left + 2, right: PANEL_WIDTH, top: top - 12, bottom: bottom - 2 }
}

/** Below it nothing is known: an open end. */
function markFloor(panel: Panel, floor: number, size: number, from: number): void {
  const x = panel.x(floor)
  if (size > 0 && floor >= from) panel.dot(floor, size, 'mark-open')
  if (x - panel.left < NOT_KNOWN_WIDTH) return
  panel.text(x - 8, Math.max(panel.top + 24, panel.y(Math.max(1, size)) - 6), 'not known', 't-muted', 'end')
}

/** Its name beside the line, and the number of keys there, where neither covers the curve: left of it and below, or right and above. */
function markEpsilon(
  panel: Panel,
  epsilon: number,
  size: number,
  { drawn, isEnd }: { readonly drawn: SizeCurve['points']; readonly isEnd: boolean },
): Marks {
  panel.upright(epsilon, 'ln epsilon')
  const [x, y] = [panel.x(epsilon), panel.y(Math.max(1, size))]
  const isLow = y + 34 > panel.bottom
  const words = `epsilon ${plain(epsilon)}`
  const width = 5 + words.length * LABEL_CHARACTER
  const fitsRight = x + width <= PANEL_WIDTH
  const isLeft = size > 0 && !isLow && x - width >= panel.left
  const isCrossed = drawn.some(
    ([at, kept]) => at > epsilon && panel.x(at) < x + width && panel.y(kept) > panel.bottom - 24,
  )
  const foot = panel.bottom - 8
  const above = size > 0 && (isLow || isCrossed) ? y - 24 : foot
  const [side, height] = isLeft
    ? ([-5, foot] as const)
    : fitsRight
      ? ([5, above] as const)
      : ([-5, isLow ? aboveCurve(panel, drawn, x - width) : foot] as const)
  const name: Place = { x: x + side, y: height, anchor: side < 0 ? 'end' : 'start' }
  panel.text(name.x, name.y, words, 't-epsilon halo', name.anchor)
  const line: readonly Point[] = [
    [x, panel.top],
    [x, panel.bottom],
  ]
  const box = boxOf(name, width - 5)
  if (size === 0) return { lines: [line], boxes: [box] }
  // Where the curve ends there it is open.
  panel.dot(epsilon, size, isEnd ? 'mark-open' : 'f-leverage')
  const number: Place = isLow
    ? { x: x + 8, y: y - 8, anchor: 'start' }
    : { x: x - 8, y: y + 16, anchor: 'end' }
  panel.text(number.x, number.y, count(size), 't-leverage b halo', number.anchor)
  return { lines: [line], boxes: [box, boxOf(number, count(size).length * LABEL_CHARACTER)] }
}

/** A line of words from `x` on, above all of the curve that lies right of it. */
function aboveCurve(panel: Panel, drawn: SizeCurve['points'], x: number): number {
  const right = drawn.filter(([at]) => panel.x(at) >= x - 6)
  return Math.max(panel.top + 12, Math.min(panel.bottom, ...right.map(([, kept]) => panel.y(kept))) - 8)
}

/** Places around a dot, the nearest first: [right or left of it, below]. */
const AROUND = [
  [8, -8],
  [10, 4],
  [-8, 16],
  [10, 16],
  [-10, 4],
  [-8, -8],
  [16, 12],
  [20, 20],
  [12, -20],
  [-10, 28],
  [12, 28],
  [-12, -20],
  [26, 34],
  [14, -34],
  [-12, 42],
  [-14, -34],
] as const

/** Another epsilon, which helps where the one that is looked at does not: its number of keys beside it, on no line. */
function markHelping(
  panel: Panel,
  { epsilon, size }: { readonly epsilon: number; readonly size: number },
  asked: number | undefined,
  marks: Marks,
): void {
  if (asked !== undefined && asked > epsilon) return
  const [x, y] = [panel.x(epsilon), panel.y(Math.max(1, size))]
  panel.dot(epsilon, Math.max(1, size), 'f-leverage', 3.2)
  const words = `${count(size)} at ${plain(epsilon)}`
  const places = AROUND.map(([right, below]): Place => ({
    x: x + right,
    y: y + below,
    anchor: right < 0 ? 'end' : 'start',
  }))
  const place = freePlace(places, words.length * LABEL_CHARACTER, marks, roomOf(panel))
  if (place) panel.text(place.x, place.y, words, 't-leverage halo', place.anchor)
}

/** From which epsilon on |U| is small; where that is where the curve ends, what lies below is not told. */
function smallFrom({ n, noun, points, floor = 0 }: SizeCurve, helping: number): string {
  const isSmall = `|U| is at most a tenth of the ${noun}s`
  if (floor > 0 && (points.at(-1)?.[1] ?? 0) * 10 <= n)
    return `${isSmall} from epsilon ${plain(floor)} on; below that it is not known`
  return helping <= ROUND_EPSILONS[0]
    ? `${isSmall} at every epsilon tried, from ${plain(helping)} on`
    : `${isSmall} from epsilon ${plain(helping)} on`
}

function titleOf(curve: SizeCurve): string {
  const { n, epsilon, size = 0, helping, noun, points, isStepped, isLoose } = curve
  if (n === 0) return `There are no ${noun}s`
  if (epsilon === undefined && points.every(([, keys]) => keys === 0))
    return 'U is empty at every epsilon tried'
  if (epsilon !== undefined && size === 0) return `U is empty at epsilon ${plain(epsilon)}`
  const last = points.find(([, keys]) => keys > 0)
  const isFall = last !== undefined && (isStepped === true ? last[0] < LARGEST_ROUND : last !== points[0])
  if (helping === undefined && isFall)
    return `No epsilon keeps some, and a tenth or fewer: ${count(last[1])} of ${counted(n, noun)} at ${share(last[0])}, none ${isStepped === true ? 'above' : 'at the next'}`
  if (helping === undefined)
    return isStepped === true
      ? `Even at epsilon 0.99 U keeps more than a tenth of the ${noun}s${isLoose === true ? ': these bounds are loose' : ''}`
      : `At every epsilon tried U keeps more than a tenth of the ${noun}s`
  if (epsilon !== undefined && (helping.epsilon <= epsilon || size * 10 <= n))
    return smallFrom(curve, Math.min(helping.epsilon, epsilon))
  const tried = isStepped === true ? 'F' : 'Of the epsilons tried, f'
  return `${tried}rom epsilon ${plain(helping.epsilon)} on |U| is a tenth of the ${noun}s or less: ${count(helping.size)}`
}
