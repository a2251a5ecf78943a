import { type Figure, figureHtml } from '../draw/figure.ts'
import { count, escaped, estimated } from '../draw/numbers.ts'
import {
  helpingEpsilon,
  type HeadReport,
  isLoose,
  keyCountOf,
  type ReportFacts,
} from '../facts/report-facts.ts'
import { heldBy, massOf, standardErrorOf } from '../facts/selections.ts'
import { heldHistogram } from '../plots/held-histogram.ts'
import { massPlot } from '../plots/mass-plot.ts'
import { pairsMap } from '../plots/pairs-map.ts'
import { picturePlot } from '../plots/picture-plot.ts'
import { attendedPlot, placePlot } from '../plots/place-plot.ts'
import { scoresPlot } from '../plots/scores-plot.ts'
import { sizePlot } from '../plots/size-plot.ts'
import { anchorOf } from './cells.ts'
import { headLead, sizeOf, totalName } from './head-lead.ts'
import { selectionTable } from './selection-table.ts'
import { tokenText } from './token-text.ts'
import { topTable } from './top-table.ts'

/** One head: a line that opens, a lead, and its plots. */
export function headSection(head: HeadReport, facts: ReportFacts, isOpen: boolean): string {
  return (
    `<details${isOpen ? ' open' : ''}><summary><h3>${escaped(head.name)}</h3><span class="sum">${lineOf(head, facts)}</span></summary>` +
    `<div id="${anchorOf(head)}">${headBody(head, facts)}</div></details>`
  )
}

/** What stands in the section of a head. */
export function headBody(head: HeadReport, facts: ReportFacts): string {
  const { keep, layout, noun } = facts
  const figures = headFigures(head, facts)
  // The tables stand where the mock's third columns are: behind the maps, and at the end.
  const isMap = ({ name }: Figure) => name.startsWith('pairs-')
  const lastMap = figures.findLastIndex(isMap)
  const html = figures.map(figureHtml)
  const table = selectionTable(head, keep)
  const at = lastMap < 0 ? figures.filter(({ name }) => name.startsWith('held-')).length + 3 : lastMap + 1
  html.splice(Math.min(at, html.length), 0, table)
  html.push(topTable(head, layout, noun))
  if (layout.kind === 'tokens') html.push(tokenText(head, layout.tokens))
  return `<p class="lead">${headLead(head, keep, noun)}</p><div class="plots">${html.join('')}</div>`
}

/** Every plot of a head that what is known of it allows, in their order. */
export function headFigures(head: HeadReport, { keep, layout, noun, picture, local }: ReportFacts): Figure[] {
  const { scores, coverage, power, softmax, p, isCausal, attended, pairChance } = head
  const isEstimate = pairChance !== undefined && pairChance !== 'untold' && pairChance.by === 'draws'
  const found: (Figure | undefined)[] = []
  if (scores) found.push(scoresPlot(head, scores, noun), sizeFigure(head, noun))
  if (coverage) {
    found.push(massPlot(coverage, keep, head))
    found.push(...histograms(coverage, keep, local, layout.kind === 'grid'))
  }
  if (power) found.push(pairsMap(power, { p, isCausal, isEstimate }))
  if (softmax) found.push(pairsMap(softmax, { p, isCausal }))
  if (scores) found.push(placePlot(head, scores, layout, noun))
  if (layout.kind === 'grid' && attended && scores)
    found.push(picturePlot(layout, chosenOf(head, attended.length), attended, picture !== undefined))
  found.push(attendedPlot(head, layout))
  return found.filter((figure) => figure !== undefined)
}

function chosenOf({ scores }: HeadReport, most: number): number[] {
  return scores?.top.slice(0, most).map(({ key }) => key) ?? []
}

function sizeFigure(head: HeadReport, noun: string): Figure | undefined {
  const { scores, epsilon, isCausal, rank, d, p, kind, setChance } = head
  if (!scores) return undefined
  const helping = helpingEpsilon(scores)
  const total = isCausal || p > 2 || kind === 'ridge' || setChance ? undefined : (rank ?? d)
  return sizePlot({
    n: keyCountOf(head),
    noun,
    epsilon,
    points: [[scores.largest, scores.tied], ...scores.steps],
    isStepped: true,
    size: sizeOf(head) ?? 0,
    helping: helping === undefined ? undefined : { epsilon: helping, size: scores.sizes.get(helping) ?? 0 },
    isLoose: isLoose(head),
    ...(scores.floor > 0 && { floor: scores.floor }),
    ...(total !== undefined && { total, totalName: totalName(head) }),
  })
}

function histograms(
  coverage: NonNullable<HeadReport['coverage']>,
  keep: number,
  local: number | undefined,
  isGrid: boolean,
): (Figure | undefined)[] {
  const near = isGrid ? `Manhattan distance ${local}` : `${local} positions`
  const wanted = [
    {
      held: heldBy(coverage, 'best', keep),
      words: {
        name: 'held-best',
        what: `The ${count(keep)} heaviest keys of a query hold`,
        xLabel: `sum of the ${count(keep)} largest weights`,
        figure: 2,
      },
    },
    {
      held: heldBy(coverage, 'local', null),
      words: {
        name: 'held-local',
        what: `Keys within ${near} hold`,
        xLabel: `weight within ${near}`,
        figure: 3,
      },
    },
    {
      held: heldBy(coverage, 'accumulated+local', keep),
      words: {
        name: 'held-both',
        what: `The ${count(keep)} most attended keys and the local ones hold`,
        xLabel: `weight on the ${count(keep)} most attended + local`,
        figure: 4,
      },
    },
  ]
  return wanted.map(({ held, words }) => held && heldHistogram(held, words))
}

function lineOf(head: HeadReport, { keep, noun }: ReportFacts): string {
  const size = sizeOf(head)
  const mass = (name: string, select: string) => {
    const value = massOf(head.coverage, select, keep)
    return value === undefined
      ? []
      : [`${name} ${estimated(value, standardErrorOf(head.coverage, select, keep))}`]
  }
  return [
    ...(size === undefined
      ? [`${count(keyCountOf(head))} ${noun}s`]
      : [`|U| ${count(size)} of ${count(keyCountOf(head))}`]),
    ...mass('leverage', 'leverage'),
    ...mass('norm-max', 'norm-max'),
    ...mass('norm-min', 'norm-min'),
    ...mass(head.isCausal ? 'most attended' : 'best fixed', 'accumulated'),
  ].join(' &middot; ')
}
