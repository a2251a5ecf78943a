import type { HeadCoverage } from '../../coverage/coverage-facts.ts'
import type { Figure } from '../draw/figure.ts'
import { count, estimated, isKnown, short, withError } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { linearScale, shareCeiling } from '../draw/scale.ts'
import { massOf, ownCountOf, selectionsOf, standardErrorOf } from '../facts/selections.ts'
import { endOf, markHeld, NAMES_WIDTH } from './held-axis.ts'

const HEIGHT = 250

/** Of bold numbers beside a bar, about. */
const LABEL_CHARACTER = 7

/** Of one head a bar a rule: how much of the softmax so many keys hold. Undefined where the head was not judged. */
export function heldBars(
  coverage: HeadCoverage,
  keep: number,
  masks: { readonly isCausal: boolean } = { isCausal: false },
): Figure | undefined {
  const rows = selectionsOf(masks).flatMap((selection) => {
    const mass = massOf(coverage, selection.select, keep)
    const error = standardErrorOf(coverage, selection.select, keep)
    return mass === undefined ? [] : [{ ...selection, mass, error }]
  })
  if (rows.length === 0) return undefined
  const x = linearScale(shareCeiling(Math.max(...rows.map(({ mass }) => mass))))
  const longest = Math.max(...rows.map(({ mass, error }) => withError(mass, error).length))
  const panel = new Panel({
    x,
    y: linearScale(1),
    left: NAMES_WIDTH,
    right: 9 + longest * LABEL_CHARACTER,
    top: 8,
    height: HEIGHT,
  })
  markHeld(panel, x, HEIGHT, keep)
  const gap = (panel.bottom - panel.top) / rows.length
  rows.forEach(({ name, colour, mass, error }, i) => {
    const y = panel.top + gap * (i + 0.5)
    panel.text(panel.left - 10, y + 4, name, `t-${colour}`, 'end')
    panel.add(
      `<rect class="f-${colour}" x="${panel.left}" y="${short(y - 8)}" width="${short(Math.max(1, panel.x(mass) - panel.left))}" height="16"/>`,
    )
    if (!isKnown(mass, error)) drawError(panel, y, mass, error)
    panel.text(
      panel.x(isKnown(mass, error) ? mass : mass + error) + 6,
      y + 4,
      withError(mass, error),
      `t-${colour} b halo`,
    )
  })
  const notes = [
    ...(rows.some(({ mass, error }) => !isKnown(mass, error))
      ? ['±: one standard error of the sample of queries.']
      : []),
    ...[endOf(x)].filter((sentence) => sentence !== undefined),
  ]
  return {
    name: 'held',
    title: titleOf(coverage, keep),
    width: PANEL_WIDTH,
    height: HEIGHT,
    body: panel.body,
    ...(notes.length > 0 && { note: [notes.join(' ')] }),
  }
}

/** From one standard error below to one above. */
function drawError(panel: Panel, y: number, mass: number, error: number): void {
  const [from, to] = [panel.x(mass - error), panel.x(mass + error)]
  panel.path('ln ink', `M${short(from)} ${short(y)}H${short(to)}`)
}

/** What of the best that each query could choose the best rule without queries reaches. */
function titleOf(coverage: HeadCoverage, keep: number): string {
  const [leverage, best] = ['leverage', 'best'].map((select) => massOf(coverage, select, keep))
  if (leverage === undefined || best === undefined || best === 0)
    return `What ${count(keep)} keys hold, rule by rule`
  // Of the keys chosen a causal query has those that it sees: fewer than its best.
  const [own, ofBest] = ['leverage', 'best'].map((select) => ownCountOf(coverage, select, keep))
  const seen = own === undefined ? '' : `, of which a query sees ${own} on average,`
  const among = ofBest === undefined ? '' : `, ${ofBest} on average,`
  return `${count(keep)} keys by leverage${seen} hold ${estimated(leverage / best, standardErrorOf(coverage, 'leverage', keep))} of what the best ${count(keep)} of each query${among} do`
}
