import type { HeadCoverage } from '../../coverage/coverage-facts.ts'
import type { Figure } from '../draw/figure.ts'
import { count, estimated, share, short } from '../draw/numbers.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { linearScale, logScale, shareCeiling } from '../draw/scale.ts'
import { spread } from '../draw/spread.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import {
  cheapWinners,
  type DrawnSelection,
  heldBy,
  selectionsOf,
  standardErrorOf,
} from '../facts/selections.ts'

/** How much softmax attention N keys of a rule hold, for every N that was tried. */
export function massPlot(
  coverage: HeadCoverage,
  keep: number,
  masks: OfMasks = { isCausal: false },
): Figure | undefined {
  const series = selectionsOf(masks).flatMap((selection) => {
    const points = pointsOf(coverage, selection.select)
    return points.length < 2 ? [] : [{ selection, points }]
  })
  if (series.length === 0) return undefined
  const keeps = series[0].points.map(([keys]) => keys)
  const most = Math.max(...series.flatMap(({ points }) => points.map(([, mass]) => mass)))
  const panel = new Panel({
    x: logScale(keeps[0], keeps[keeps.length - 1], 4),
    y: linearScale(shareCeiling(most)),
    left: 34,
    right: 114,
    top: 38,
  })
  panel.axes({ xLabel: 'N, keys (log)', yLabel: 'softmax mass held, mean over queries', xText: count })
  if (keeps.includes(keep)) {
    panel.upright(keep, 'guide')
    panel.text(panel.x(keep), panel.top - 6, `N = ${count(keep)}`, 'lab', 'middle')
  }
  for (const { selection, points } of series.toReversed()) {
    panel.line(points, selection.colour, selection.dashes)
    const at = points.find(([keys]) => keys === keep)
    if (at) panel.dot(...at, `f-${selection.colour}`, 3.2)
  }
  nameEnds(panel, series)
  const title = titleOf(coverage, keep, masks)
  const own = ownKeyNote(coverage, keep, masks)
  return {
    name: 'mass',
    title,
    width: PANEL_WIDTH,
    height: panel.height,
    body: panel.body,
    ...(own !== undefined && { note: [own] }),
  }
}

interface Series {
  readonly selection: DrawnSelection
  readonly points: readonly (readonly [keys: number, mass: number])[]
}

function pointsOf(coverage: HeadCoverage, select: string): [number, number][] {
  return coverage.selections
    .flatMap((one): [number, number][] =>
      one.select === select && one.keep !== null && one.massMean !== null ? [[one.keep, one.massMean]] : [],
    )
    .filter(([keys], i, all) => all.findIndex(([other]) => other === keys) === i)
    .sort((a, b) => a[0] - b[0])
}

/** Names at the ends of lines, apart from one another. */
function nameEnds(panel: Panel, series: readonly Series[]): void {
  const ends = series.map(({ points }) => panel.y(points[points.length - 1][1]))
  const places = spread(ends, 15, panel.top + 4, panel.bottom - 2)
  series.forEach(({ selection }, i) => {
    panel.path('lead', `M${panel.right + 1} ${short(ends[i])}L${panel.right + 8} ${short(places[i])}`)
    panel.text(panel.right + 11, places[i] + 4, selection.name, `t-${selection.colour} b`)
  })
}

/** The cheap rule that holds most, or those that hold as much, each with its number, against those of most attention. */
function titleOf(coverage: HeadCoverage, keep: number, masks: OfMasks): string {
  const how = {
    leverage: 'chosen by leverage',
    'norm-max': 'chosen by norm-max',
    'norm-min': 'chosen by norm-min',
    random: 'drawn at random',
  }
  const winners = cheapWinners(coverage, keep)
  const held = winners.map(({ select, mass }) => ({
    rule: how[select],
    mass: estimated(mass, standardErrorOf(coverage, select, keep)),
  }))
  const isOne = held.every(({ mass }) => mass === held[0].mass)
  const told = isOne
    ? `${held.map(({ rule }) => rule).join(' or ')} hold ${held[0]?.mass}`
    : held.map(({ rule, mass }, i) => `${rule}${i === 0 ? ' hold' : ''} ${mass}`).join(', ')
  const fixed = heldBy(coverage, 'accumulated', keep)?.massMean
  const nameOf = (most: number) =>
    selectionsOf(masks)
      .find(({ select }) => select === 'accumulated')
      ?.told(most)
  const lead = held.length > 0 ? `${count(keep)} keys ${told.replaceAll(/( or|,) chosen/g, '$1')}` : undefined
  const end = typeof fixed === 'number' ? `${nameOf(keep)} hold ${share(fixed)}` : undefined
  return [lead, end].filter((part) => part !== undefined).join('; ') || 'Softmax mass held by N keys'
}

/** Causal heads; `ownKey`: by rule the queries that see none of the keys that it chooses. */
type OfMasks = Pick<HeadReport, 'isCausal' | 'ownKey'>

/** Why a line can fall: a query that sees none of the chosen keys has its own, and of more keys more queries see one. */
function ownKeyNote({ m }: HeadCoverage, keep: number, { isCausal, ownKey }: OfMasks): string | undefined {
  if (!isCausal) return undefined
  const counts = selectionsOf({ isCausal }).flatMap(({ select, name }) => {
    const own = ownKey?.get(select)
    return own === undefined ? [] : [`${name} ${count(own)}`]
  })
  const told = counts.length === 0 ? '' : ` (at N = ${count(keep)}, of ${count(m)}: ${counts.join(', ')})`
  return `A query that sees none of the chosen keys holds its own instead${told}: so lines can fall as N grows, and the most attended keys, chosen by these queries (in-sample), can hold less than others.`
}
