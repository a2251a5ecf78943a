import type { Figure } from '../draw/figure.ts'
import { count, counted, plain, share, short } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { logScale } from '../draw/scale.ts'
import { highLeverage } from '../../tasks/high-leverage.ts'
import { directionText } from '../facts/direction.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import type { ScoreFacts } from '../facts/score-shape.ts'
import { thinned } from './thinned.ts'

/** No score is drawn below. */
const LEAST_DRAWN = 1e-6

/** The scores of all keys, the largest first, with the line from which on a key can matter. */
export function scoresPlot(
  head: Pick<HeadReport, 'epsilon' | 'kind' | 'universalSize' | 'rank' | 'p' | 'isWeighted'>,
  scores: ScoreFacts,
  noun: string,
): Figure {
  const { epsilon, kind, universalSize, rank: p } = head
  const { n, steps, sizes } = scores
  const size = universalSize ?? sizes.get(epsilon) ?? 0
  const least = steps.findLast(([score]) => score >= LEAST_DRAWN)?.[0] ?? epsilon
  const low = 10 ** Math.floor(Math.log10(Math.max(LEAST_DRAWN, Math.min(least, epsilon / 2))) + 1e-9)
  const panel = new Panel({ x: logScale(1, Math.max(n, 2)), y: logScale(low, 1) })
  panel.axes({
    xLabel: `rank of the ${noun} (log)`,
    yLabel: `${kind === 'leverage' ? 'score' : 'bound of the score'} (log)`,
    xText: count,
  })
  // The largest stands at rank 1; then each step where it ends.
  const points = [
    [1, scores.largest] as const,
    ...steps.map(([score, rank]) => [rank, score] as const),
  ].filter(([, score]) => score >= low)
  const drawn = thinned(points, ([rank, score]) => [panel.x(rank), panel.y(score)])
  const high = noun === 'row' && kind === 'leverage' && p !== undefined ? highLeverage(p, n) : []
  const marks = high.filter((score) => sizes.has(score))
  markHigh(panel, marks, epsilon)
  const y = panel.y(epsilon)
  if (size > 0) panel.path('f-leverage', filled(panel, drawn, size, y), ' fill-opacity=".18"')
  panel.line(drawn, 'leverage')
  panel.path('ln epsilon', `M${panel.left} ${short(y)}H${panel.right}`)
  const isEarly = size < n ** 0.45
  panel.text(
    isEarly ? panel.right : panel.left + 6,
    isEarly ? y - 6 : Math.min(y + 15, panel.bottom - 5),
    `epsilon ${plain(epsilon)}`,
    't-epsilon halo',
    isEarly ? 'end' : 'start',
  )
  if (size > 0 && size < n) markSize(panel, size, y, epsilon)
  return {
    name: 'scores',
    title: titleOf(size, scores, head, noun),
    width: PANEL_WIDTH,
    height: panel.height,
    body: panel.body,
    ...noteOf(scores, noun, p, marks),
  }
}

function noteOf(
  { floor, steps, sizes, n }: ScoreFacts,
  noun: string,
  rank: number | undefined,
  marks: readonly number[],
): Pick<Figure, 'note'> {
  if (floor > 0)
    return (steps.at(-1)?.[1] ?? 0) < n ? { note: [`What is below ${plain(floor)} was not kept.`] } : {}
  if (marks.length === 0) return {}
  const told = marks.map((score, i) => {
    const rows = sizes.get(score) ?? 0
    return `${counted(rows, noun)} reach${rows === 1 ? 'es' : ''} ${i + 2}p/n = ${share(score)}`
  })
  return { note: [`High leverage as is customary (p = ${count(rank ?? 0)}, the rank): ${told.join('; ')}.`] }
}

/** Lines at 2p/n and 3p/n, with their names at the right; beside one another they share one, and that of epsilon stays free. */
function markHigh(panel: Panel, marks: readonly number[], epsilon: number): void {
  for (const score of marks) {
    const y = short(panel.y(score))
    panel.path('ln muted', `M${panel.left} ${y}H${panel.right}`, ' stroke-dasharray="4 3"')
  }
  const [low, high] = [marks[0], marks[marks.length - 1]]
  if (low === undefined) return
  const words = marks.length === 1 ? '2p/n' : '2p/n, 3p/n'
  // Above them, or where epsilon stands there below.
  const isBelow = epsilon > high && panel.y(high) - panel.y(epsilon) < 24
  panel.text(panel.right, isBelow ? panel.y(low) + 14 : panel.y(high) - 5, words, 't-muted halo', 'end')
}

/** The part above epsilon. */
function filled(
  panel: Panel,
  points: readonly (readonly [number, number])[],
  size: number,
  y: number,
): string {
  const inside = points.filter(([rank]) => rank <= size)
  const path = inside.map(([rank, score]) => `${short(panel.x(rank))} ${short(panel.y(score))}`).join('L')
  return `M${path}L${short(panel.x(size))} ${short(y)}H${panel.left}Z`
}

function markSize(panel: Panel, size: number, y: number, epsilon: number): void {
  const x = panel.x(size)
  panel.path('axis', `M${short(x)} ${short(y)}V${panel.bottom}`)
  panel.dot(size, epsilon, 'f-epsilon')
  const label = `|U| = ${count(size)}`
  const isLeft = x > panel.left + 80
  panel.text(isLeft ? x - 6 : x + 6, panel.bottom - 8, label, 't-ink', isLeft ? 'end' : 'start')
}

function titleOf(
  size: number,
  { n, largest }: ScoreFacts,
  head: Pick<HeadReport, 'epsilon' | 'kind' | 'p' | 'isWeighted'>,
  noun: string,
): string {
  const at = plain(head.epsilon)
  const isExact = head.kind === 'leverage'
  const what = isExact ? 'score' : 'bound'
  if (size === 0) return `No ${noun} reaches ${at}: the largest ${what} is ${share(largest)}`
  if (size === n) return `The ${what} of every ${noun} reaches ${at}: at this epsilon nothing can be left out`
  const part = `${count(size)} of ${counted(n, noun)} (${share(size / n)})`
  const direction = isExact ? 'some direction b' : 'any direction b'
  const of = noun === 'row' ? `${directionText(head)} in ${direction}` : "a query's attention"
  return isExact
    ? `${part} could take ${at} of ${of}`
    : `U holds ${part}: no other ${noun} can take ${at} of ${of}`
}
