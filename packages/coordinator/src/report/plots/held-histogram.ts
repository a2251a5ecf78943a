import type { CoverageSelection } from '../../coverage/coverage-facts.ts'
import type { Figure } from '../draw/figure.ts'
import { count, share, short } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { linearScale, niceStep } from '../draw/scale.ts'

/** What of a selection is shown, and in which words. */
export interface HeldWords {
  readonly name: string
  /** What holds: 'The 32 heaviest keys of a query hold'. */
  readonly what: string
  readonly xLabel: string
  /** Which drawing of the paper it is like. */
  readonly figure: number
}

const [MEDIAN, HEIGHT] = [2, 216] as const

/** Queries by how much of their softmax attention a selection holds: the paper's figures 2 to 4. */
export function heldHistogram(
  held: CoverageSelection,
  { name, what, xLabel, figure }: HeldWords,
): Figure | undefined {
  const { histogram, massQuantiles, uniformMedian = null } = held
  if (massQuantiles === null) return undefined
  const median = massQuantiles[MEDIAN]
  const most = Math.max(...histogram)
  const step = Math.max(1, niceStep(most / 4.5))
  const panel = new Panel({
    x: linearScale(1),
    y: linearScale(Math.ceil(most / step) * step, { tickCount: Math.ceil(most / step) }),
    top: 44,
    height: HEIGHT,
  })
  panel.axes({ xLabel, yLabel: 'queries', yText: count })
  const bars = histogram.flatMap((queries, bin) => {
    if (queries === 0) return []
    const [from, to] = [panel.x(bin / histogram.length) + 0.5, panel.x((bin + 1) / histogram.length) - 0.5]
    return `M${short(from)} ${panel.bottom}V${short(panel.y(queries))}H${short(to)}V${panel.bottom}Z`
  })
  panel.path('f-bars', bars.join(''))
  if (uniformMedian !== null) markEven(panel, uniformMedian)
  const x = panel.x(median)
  panel.path('ln ink', `M${short(x)} ${panel.top - 6}V${panel.bottom}`)
  const isLeft = median > 0.55
  panel.text(
    x + (isLeft ? -5 : 5),
    panel.top - 8,
    `median ${share(median)}`,
    't-ink b',
    isLeft ? 'end' : 'start',
  )
  return {
    name,
    title: `${what} ${share(median)} (median)`,
    width: PANEL_WIDTH,
    height: panel.height,
    body: panel.body,
    note: [
      `Drawn as figure ${figure} of the LevAttention paper.${uniformMedian === null ? '' : ' Dashed: the median if all weights were the same.'}`,
    ],
  }
}

/** The median of what the same keys would hold if every weight were the same: beside a median a mean would mislead. */
function markEven(panel: Panel, even: number): void {
  panel.upright(Math.min(1, even), 'ln epsilon', '3 2.5')
  panel.path('ln epsilon', `M${PANEL_WIDTH - 190} 6h18`, ' stroke-dasharray="3 2.5"')
  panel.text(PANEL_WIDTH - 166, 10, `even attention ${share(even)}`, 't-epsilon')
}
