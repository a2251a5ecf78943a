import type { Figure } from '../draw/figure.ts'
import { count, share, short } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { linearScale, shareCeiling } from '../draw/scale.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import { massOf, medianOf, selectionsOf } from '../facts/selections.ts'
import { endOf, markHeld, NAMES_WIDTH } from './held-axis.ts'

/** Of what the best keys of each query hold: so much is nearly as good. */
const NEARLY = 0.9
const HEIGHT = 250

/** A row a rule, a dot a head: the whole answer in one glance. Undefined where no head was judged. */
export function headsDots(heads: readonly HeadReport[], keep: number): Figure | undefined {
  const rows = selectionsOf(heads[0]).flatMap((selection) => {
    const masses = heads.flatMap(({ coverage }) => massOf(coverage, selection.select, keep) ?? [])
    return masses.length === 0 ? [] : [{ ...selection, masses }]
  })
  if (rows.length === 0) return undefined
  const x = linearScale(shareCeiling(Math.max(...rows.flatMap(({ masses }) => masses))))
  const panel = new Panel({ x, y: linearScale(1), left: NAMES_WIDTH, top: 8, height: HEIGHT })
  markHeld(panel, x, HEIGHT, keep)
  const gap = (panel.bottom - panel.top) / rows.length
  rows.forEach(({ name, colour, masses }, i) => {
    const y = panel.top + gap * (i + 0.5)
    const median = medianOf(masses)
    panel.text(panel.left - 10, y - 1, name, `t-${colour}`, 'end')
    panel.text(panel.left - 10, y + 12, share(median), `t-${colour} b`, 'end')
    for (const mass of masses)
      panel.add(`<circle class="dot f-${colour}" cx="${short(panel.x(mass))}" cy="${short(y)}" r="4.5"/>`)
    panel.path(`ln ${colour} thick`, `M${short(panel.x(median))} ${short(y - 12)}v24`)
  })
  const note = [
    [
      `A dot is a head; the bar and the number are the median of ${count(heads.length)} heads.`,
      endOf(x),
      `Nearly: ${NEARLY} or more of it.`,
    ]
      .filter((sentence) => sentence !== undefined)
      .join(' '),
  ]
  return {
    name: 'heads',
    title: titleOf(heads, keep),
    width: PANEL_WIDTH,
    height: HEIGHT,
    body: panel.body,
    note,
  }
}

function titleOf(heads: readonly HeadReport[], keep: number): string {
  const both = heads.flatMap(({ coverage }) => {
    const [best, fixed] = [massOf(coverage, 'best', keep), massOf(coverage, 'accumulated', keep)]
    return best === undefined || fixed === undefined ? [] : [fixed >= NEARLY * best]
  })
  if (both.length === 0) return `Softmax mass held by ${count(keep)} keys, head by head`
  const good = both.filter(Boolean).length
  const where = good === 0 ? 'In no head' : `In ${count(good)} of ${count(both.length)} heads`
  const equal = heads[0].isCausal
    ? `the ${count(keep)} most attended keys nearly equal`
    : `one fixed set of ${count(keep)} keys nearly equals`
  return `${where} ${equal} the best of each query`
}
