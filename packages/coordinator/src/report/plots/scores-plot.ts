import type { Figure } from '../draw/figure.ts'
import { count, counted, plain, share, short } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { logScale } from '../draw/scale.ts'
import { spread } from '../draw/spread.ts'
import { highLeverage } from '../../tasks/high-leverage.ts'
import { directionText } from '../facts/direction.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import type { ScoreFacts } from '../facts/score-shape.ts'
import { thinned } from './thinned.ts'

/** From the end of a line to its name, and of a name a character, about. */
const [LEAD_WIDTH, LABEL_CHARACTER] = [11, 6.4] as const
/** No score is drawn below. */
const LEAST_DRAWN = 1e-6

/** The scores of all keys, the largest first, with the line from which on a key can matter. */
export function scoresPlot(
  head: Pick<HeadReport, 'epsilon' | 'kind' | 'universalSize' | 'rank' | 'p' | 'isWeighted'>,
  scores: ScoreFacts,
  noun: string,
): Figure {
  const { epsilon, kind, universalSize, rank: keysRank } = head
  const { n, steps, sizes } = scores
  const size = universalSize ?? sizes.get(epsilon) ?? 0
  const least = steps.findLast(([score]) => score >= LEAST_DRAWN)?.[0] ?? epsilon
  const low = 10 ** Math.floor(Math.log10(Math.max(LEAST_DRAWN, Math.min(least, epsilon / 2))) + 1e-9)
  const high =
    noun === 'row' && kind === 'leverage' && keysRank !== undefined ? highLeverage(keysRank, n) : []
  const marks = high.filter((score) => sizes.has(score))
  const named = [
    { score: epsilon, words: `epsilon ${plain(epsilon)}`, className: 't-epsilon' },
    ...marks.map((score, i) => ({ score, words: `${i + 2} rank/n`, className: 't-muted' })),
  ]
  const panel = new Panel({
    x: logScale(1, Math.max(n, 2)),
    y: logScale(low, 1),
    // Lines near one another have their names beside them, where no line runs.
    ...(marks.length > 0 && {
      right: LEAD_WIDTH + Math.max(...named.map(({ words }) => words.length)) * LABEL_CHARACTER,
    }),
  })
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
  markHigh(panel, marks)
  const y = panel.y(epsilon)
  if (size > 0) panel.path('f-leverage', filled(panel, drawn, size, y), ' fill-opacity=".18"')
  panel.line(drawn, 'leverage')
  panel.path('ln epsilon', `M${panel.left} ${short(y)}H${panel.right}`)
  if (marks.length > 0) nameLines(panel, named)
  else nameEpsilon(panel, y, size < n ** 0.45, named[0].words)
  if (size > 0 && size < n) markSize(panel, size, drawn.findLast(([rank]) => rank <= size)?.[1] ?? epsilon)
  return {
    name: 'scores',
    title: titleOf(size, scores, head, noun),
    width: PANEL_WIDTH,
    height: panel.height,
    body: panel.body,
    ...noteOf(scores, noun, keysRank, marks),
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
    return `${counted(rows, noun)} reach${rows === 1 ? 'es' : ''} ${i + 2} rank/n = ${share(score)}`
  })
  return { note: [`High leverage as is customary (rank ${count(rank ?? 0)}): ${told.join('; ')}.`] }
}

/** Lines at twice and three times rank/n. */
function markHigh(panel: Panel, marks: readonly number[]): void {
  for (const score of marks) {
    const y = short(panel.y(score))
    panel.path('ln muted', `M${panel.left} ${y}H${panel.right}`, ' stroke-dasharray="4 3"')
  }
}

/** A name to a line, at their right ends, apart from one another. */
function nameLines(
  panel: Panel,
  lines: readonly { readonly score: number; readonly words: string; readonly className: string }[],
): void {
  const ends = lines.map(({ score }) => panel.y(score))
  const places = spread(ends, 15, panel.top + 4, panel.bottom - 2)
  lines.forEach(({ words, className }, i) => {
    panel.path('lead', `M${panel.right + 1} ${short(ends[i])}L${panel.right + 8} ${short(places[i])}`)
    panel.text(panel.right + LEAD_WIDTH, places[i] + 4, words, className)
  })
}

/** Where the scores fall below it early, above its right end; else below its left one. */
function nameEpsilon(panel: Panel, y: number, isEarly: boolean, words: string): void {
  panel.text(
    isEarly ? panel.right : panel.left + 6,
    isEarly ? y - 6 : Math.min(y + 15, panel.bottom - 5),
    words,
    't-epsilon halo',
    isEarly ? 'end' : 'start',
  )
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

/** Where the part above epsilon ends, on the curve. */
function markSize(panel: Panel, size: number, score: number): void {
  const x = panel.x(size)
  panel.path('axis', `M${short(x)} ${short(panel.y(score))}V${panel.bottom}`)
  panel.dot(size, score, 'f-epsilon')
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
