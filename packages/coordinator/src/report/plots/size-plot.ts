import type { Figure } from '../draw/figure.ts'
import { count, plain, short } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { logScale } from '../draw/scale.ts'
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
  /** At most `total` / epsilon keys, whatever they are. */
  readonly total?: number
  readonly noun: string
}

const LEAST_EPSILON = 1e-4
/** Of the words of the line of d/epsilon. */
const LIMIT_WIDTH = 56

/** |U| against epsilon, and the epsilon that helps. */
export function sizePlot(curve: SizeCurve): Figure {
  const { n, epsilon, size = 0, total, noun } = curve
  const ends = curve.points.filter(([at, kept]) => kept > 0 && at >= LEAST_EPSILON)
  const from = Math.min(
    1e-3,
    10 ** Math.floor(Math.log10(Math.min(epsilon ?? 1, ends.at(-1)?.[0] ?? 1)) + 1e-9),
  )
  const top = 10 ** Math.max(1, Math.ceil(Math.log10(n) - 1e-9))
  const panel = new Panel({ x: logScale(from, 1), y: logScale(1, top), left: n >= 1e6 ? 62 : 50 })
  panel.axes({ xLabel: 'epsilon (log)', yLabel: `|U|, ${noun}s (log)`, yText: count })
  drawLimits(panel, n, total, { from, epsilon })
  const drawn = thinned(ends, ([at, keys]) => [panel.x(at), panel.y(keys)])
  if (drawn.length > 0)
    panel.line([[drawn[0][0], 1], ...(curve.isStepped ? stepped(drawn) : drawn)], 'leverage')
  if (epsilon !== undefined) markEpsilon(panel, epsilon, size)
  if (curve.helping !== undefined && curve.helping.epsilon !== epsilon)
    markHelping(panel, curve.helping, epsilon)
  return { name: 'size', title: titleOf(curve), width: PANEL_WIDTH, height: panel.height, body: panel.body }
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

function drawLimits(
  panel: Panel,
  n: number,
  total: number | undefined,
  { from, epsilon }: { readonly from: number; readonly epsilon: number | undefined },
): void {
  panel.path('ln random', `M${panel.left} ${short(panel.y(n))}H${panel.right}`, ' stroke-dasharray="4 3"')
  panel.text(panel.right, panel.y(n) - 5, `all ${count(n)}`, 't-random', 'end')
  // Where it tells of a part of the keys, and apart from their number.
  if (total === undefined || total >= n / 4) return
  const start = Math.max(from, total / n)
  panel.line(
    [
      [start, Math.min(n, total / start)],
      [1, total],
    ],
    'muted',
    '4 3',
  )
  // Right of the line, which falls, nothing else is drawn but the epsilon that is looked at.
  const isFree = (x: number) =>
    epsilon === undefined || panel.x(epsilon) < x || panel.x(epsilon) > x + LIMIT_WIDTH
  const places = [0.35, 0.5, 0.65, 0.2].map((part) => start ** (1 - part))
  const fits = (at: number) => panel.x(at) + 6 + LIMIT_WIDTH <= panel.right
  const at = places.find((one) => fits(one) && isFree(panel.x(one) + 6)) ?? places[0]
  panel.text(panel.x(at) + 6, panel.y(total / at) - 4, 'd/epsilon', 't-muted halo')
}

function markEpsilon(panel: Panel, epsilon: number, size: number): void {
  panel.upright(epsilon, 'ln epsilon')
  // Where few keys are left the curve ends at the left of the line.
  const isLow = size > 0 && panel.y(size) + 34 > panel.bottom
  const isLeft = panel.x(epsilon) > panel.right - 84 || (!isLow && panel.x(epsilon) > panel.left + 84)
  panel.text(
    panel.x(epsilon) + (isLeft ? -5 : 5),
    panel.bottom - 8,
    `epsilon ${plain(epsilon)}`,
    't-epsilon halo',
    isLeft ? 'end' : 'start',
  )
  if (size === 0) return
  panel.dot(epsilon, size, 'f-leverage')
  const isRight = isLow && !isLeft
  panel.text(
    panel.x(epsilon) + (isRight ? 8 : -8),
    isLow ? panel.bottom - 24 : panel.y(size) + 16,
    count(size),
    't-leverage b halo',
    isRight ? 'start' : 'end',
  )
}

/** Another epsilon, which helps where the one that is looked at does not. */
function markHelping(
  panel: Panel,
  { epsilon, size }: { readonly epsilon: number; readonly size: number },
  asked: number | undefined,
): void {
  if (asked !== undefined && asked > epsilon) return
  const x = panel.x(epsilon)
  panel.dot(epsilon, Math.max(1, size), 'f-leverage', 3.2)
  const words = size === 0 ? `none at ${plain(epsilon)}` : `${count(size)} at ${plain(epsilon)}`
  const isRight = x + 8 + words.length * 6.5 < panel.right
  const y = Math.max(panel.top + 24, panel.y(Math.max(1, size)) - (isRight ? 8 : 12))
  panel.text(isRight ? x + 8 : x, y, words, 't-leverage halo', isRight ? 'start' : 'end')
}

function titleOf({ n, epsilon, size = 0, helping, noun, points, isStepped }: SizeCurve): string {
  if (n === 0) return `There are no ${noun}s`
  if (helping === undefined) return `No epsilon below 1 that is known brings |U| to a tenth of the ${noun}s`
  if (epsilon === undefined && points.every(([, keys]) => keys === 0))
    return 'U is empty at every epsilon tried'
  if (epsilon !== undefined && helping.epsilon <= epsilon)
    return size === 0
      ? `U is empty at epsilon ${plain(epsilon)}`
      : `|U| is a tenth of the ${noun}s or less from epsilon ${plain(helping.epsilon)} on`
  const tried = isStepped === true ? 'F' : 'Of the epsilons tried, f'
  return `${tried}rom epsilon ${plain(helping.epsilon)} on |U| is a tenth of the ${noun}s or less: ${count(helping.size)}`
}
