import type { Figure } from '../draw/figure.ts'
import { barShare, plain, short } from '../draw/numbers.ts'
import type { Colour } from '../draw/palette.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import type { Scale } from '../draw/scale.ts'
import type { PairFacts } from '../facts/pair-shape.ts'

const HEIGHT = 110

/** Nothing to map is a result: how far the heaviest pair stays below epsilon; where that is not known, the sentence alone. */
export function noPairs(
  name: string,
  colour: Colour,
  what: string,
  { epsilon, largest }: Pick<PairFacts, 'epsilon' | 'largest'>,
): Figure {
  const none = `${what}: no pair reaches ${plain(epsilon)}`
  if (largest === 0)
    return {
      name,
      title: `${none}; what the heaviest takes was not kept`,
      width: PANEL_WIDTH,
      height: 0,
      body: '',
    }
  const panel = new Panel({ x: upTo(epsilon), y: upTo(1), top: 26, bottom: 40, height: HEIGHT })
  panel.axes({ xLabel: 'share of its query that the heaviest pair takes' })
  drawBar(panel, largest, epsilon, colour)
  panel.path('ln epsilon', `M${short(panel.x(epsilon))} ${panel.top - 6}V${panel.bottom}`)
  panel.text(panel.x(epsilon), panel.top - 11, `epsilon ${plain(epsilon)}`, 't-epsilon', 'middle')
  const title = `${none}, so there is nothing to map`
  return { name, title, width: PANEL_WIDTH, height: HEIGHT, body: panel.body }
}

/** A quarter beyond epsilon, with marks at it, at half of it and at 0. */
function upTo(epsilon: number): Scale {
  const most = 1.25 * epsilon
  return { least: 0, most, ticks: [0, epsilon / 2, epsilon], at: (value) => Math.min(1, value / most) }
}

function drawBar(panel: Panel, largest: number, epsilon: number, colour: Colour): void {
  const end = panel.x(largest)
  panel.add(
    `<rect class="f-${colour}" x="${panel.left}" y="${panel.top + 10}" width="${short(end - panel.left)}" height="18"/>`,
  )
  const isInside = largest > 0.55 * epsilon
  panel.text(
    end + (isInside ? -6 : 6),
    panel.top + 24,
    barShare(largest),
    isInside ? 't-background b' : 't-ink b',
    isInside ? 'end' : 'start',
  )
}
