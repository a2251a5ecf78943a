import type { HeadCoverage } from '../../coverage/coverage-facts.ts'
import type { Figure } from '../draw/figure.ts'
import { count, share, short } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { linearScale } from '../draw/scale.ts'
import { massOf, SELECTIONS } from '../facts/selections.ts'
import { markHeld, NAMES_WIDTH } from './held-axis.ts'

const HEIGHT = 232

/** Of one head a bar a rule: how much of the softmax so many keys hold. Undefined where the head was not judged. */
export function heldBars(coverage: HeadCoverage, keep: number): Figure | undefined {
  const rows = SELECTIONS.flatMap((selection) => {
    const mass = massOf(coverage, selection.select, keep)
    return mass === undefined ? [] : [{ ...selection, mass }]
  })
  if (rows.length === 0) return undefined
  const panel = new Panel({
    x: linearScale(1),
    y: linearScale(1),
    left: NAMES_WIDTH,
    right: 44,
    top: 8,
    height: HEIGHT,
  })
  markHeld(panel, HEIGHT, keep)
  const gap = (panel.bottom - panel.top) / rows.length
  rows.forEach(({ name, colour, mass }, i) => {
    const y = panel.top + gap * (i + 0.5)
    panel.text(panel.left - 10, y + 4, name, `t-${colour}`, 'end')
    panel.add(
      `<rect class="f-${colour}" x="${panel.left}" y="${short(y - 8)}" width="${short(Math.max(1, panel.x(mass) - panel.left))}" height="16"/>`,
    )
    panel.text(panel.x(mass) + 6, y + 4, share(mass), `t-${colour} b halo`)
  })
  return {
    name: 'held',
    title: titleOf(coverage, keep),
    width: PANEL_WIDTH,
    height: HEIGHT,
    body: panel.body,
  }
}

/** What of the best that each query could choose the best rule without queries reaches. */
function titleOf(coverage: HeadCoverage, keep: number): string {
  const [leverage, best] = ['leverage', 'best'].map((select) => massOf(coverage, select, keep))
  if (leverage === undefined || best === undefined || best === 0)
    return `What ${count(keep)} keys hold, rule by rule`
  return `${count(keep)} keys by leverage hold ${share(leverage / best)} of what the best ${count(keep)} of each query do`
}
