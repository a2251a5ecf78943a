import { type Figure, figureHtml } from '../draw/figure.ts'
import { count, counted, escaped, share } from '../draw/numbers.ts'
import { type HeadReport, keyCountOf, type ReportFacts } from '../facts/report-facts.ts'
import { errorOf, massOf, selectionsOf, standardErrorOf } from '../facts/selections.ts'
import { headsDots } from '../plots/heads-dots.ts'
import { heldBars } from '../plots/held-bars.ts'
import { headsMatrix } from '../plots/heads-matrix.ts'
import { pictureSymbol } from '../plots/picture-plot.ts'
import { answers } from './answers.ts'
import { closing } from './closing.ts'
import { headBody, headSection } from './head-section.ts'
import { sizeOf } from './head-lead.ts'
import { barsText, headsTable } from './heads-table.ts'
import { PAGE_CSS } from './page-css.ts'
import { SORT_SCRIPT } from './sort-script.ts'
import { wordList } from './words.ts'

/** Heads that have a section each; of more the one that leverage serves worst, the best and the median one have. */
const MOST_SECTIONS = 24

/** The report as one HTML file that asks for nothing outside of itself, and that is read without its script. */
export function reportPage(facts: ReportFacts): string {
  const { heads, noun, scope, picture, layout } = facts
  const title = `Which ${noun}s matter?`
  const isOne = heads.length === 1
  const defs =
    picture !== undefined && layout.kind === 'grid'
      ? `<svg class="defs" aria-hidden="true"><defs>${pictureSymbol(picture, layout)}</defs></svg>`
      : ''
  const dots = heroOf(facts)
  const body = [
    `<h1>${title}</h1><p class="meta">${escaped(scope)}</p>`,
    `<section class="answer${dots ? '' : ' alone'}">${answers(facts)}${dots ? `<div>${figureHtml(dots)}</div>` : ''}</section>`,
    isOne ? oneHead(facts) : manyHeads(facts),
    closing(facts),
    wordList(facts),
  ]
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>levattention report: ${escaped(title)}</title><link rel="icon" href="data:,"><style>${PAGE_CSS}</style></head>\n<body>${defs}<main>\n${body.join('\n')}\n</main>` +
    `${isOne ? '' : `<script>${SORT_SCRIPT}</script>`}</body></html>\n`
  )
}

/** The whole answer in one glance. */
export function heroOf({ heads, keep }: ReportFacts): Figure | undefined {
  if (heads.length > 1) return headsDots(heads, keep)
  const [{ coverage, isCausal }] = heads
  return coverage && heldBars(coverage, keep, { isCausal })
}

function oneHead(facts: ReportFacts): string {
  const [head] = facts.heads
  return `<h2>${head.name === '' ? 'The head' : escaped(head.name)}</h2><div id="head-${head.index}">${headBody(head, facts)}</div>`
}

function manyHeads(facts: ReportFacts): string {
  const { heads, noun } = facts
  const shown = sectionsOf(facts)
  const [first] = shown
  const table = headsTable(facts, (head) => shown.includes(head))
  const isLong = heads.length > MOST_SECTIONS
  const all = noun === 'row' ? 'Matrices' : 'Heads'
  const matrices = isLong ? `<div class="plots">${headsFigures(facts).map(figureHtml).join('')}</div>` : ''
  const listed = isLong
    ? `<details><summary><h3>All ${counted(heads.length, noun === 'row' ? 'matrix' : 'head')} as a table</h3></summary>${table}</details>`
    : table
  const sections = shown.map((head) => headSection(head, facts, head === first)).join('')
  const which = isLong
    ? '<p class="lead">The head that leverage serves worst, the median one, and the best.</p>'
    : ''
  return `<h2>${all}</h2>${legend(facts)}${matrices}${listed}<h2>${noun === 'row' ? 'Matrix by matrix' : 'Head by head'}</h2>${which}${sections}`
}

function legend(facts: ReportFacts): string {
  const { heads, keep } = facts
  const error = Math.max(
    0,
    ...heads.flatMap(({ coverage, isCausal }) =>
      selectionsOf({ isCausal }).map(({ select }) => standardErrorOf(coverage, select, keep)),
    ),
  )
  const parts = [
    ...(heads.some(({ coverage }) => coverage)
      ? [
          'Bold: the most of leverage, norm-max, norm-min and random, which need no queries, where it is ahead by 0.005 and by the standard error.',
        ]
      : []),
    ...(error > 0
      ? [`Masses are of a sample of the queries, with standard errors up to ${share(error)}.`]
      : []),
    ...(heads.some(({ condition }) => condition !== undefined)
      ? [
          'Condition: of the columns of K, each scaled to one length, how many times longer they make one direction than another; large where columns nearly depend on one another.',
        ]
      : []),
    barsText(facts),
  ]
  return `<p class="wide">${parts.join(' ')}</p>`
}

/** Plots of all heads together, where they are many. */
export function headsFigures({ heads, keep }: ReportFacts): Figure[] {
  const shareOfU = (head: HeadReport) => {
    const size = sizeOf(head)
    const n = keyCountOf(head)
    return size === undefined || n === 0 ? undefined : size / n
  }
  const numbers = [
    { name: 'matrix-size', what: '|U| / n', colour: 'leverage', of: shareOfU },
    {
      name: 'matrix-mass',
      what: `Softmax mass by ${count(keep)} keys of largest leverage`,
      colour: 'leverage',
      of: ({ coverage }: HeadReport) => massOf(coverage, 'leverage', keep),
    },
    {
      name: 'matrix-error',
      what: 'Output error over them',
      colour: 'norm',
      of: ({ coverage }: HeadReport) => errorOf(coverage, 'leverage', keep),
    },
  ] as const
  return numbers.flatMap((number) => headsMatrix(heads, number) ?? [])
}

/** The heads with a section: all of a few; of many by what leverage holds of them, or by |U| where that is not known. */
export function sectionsOf({ heads, keep }: ReportFacts): readonly HeadReport[] {
  if (heads.length <= MOST_SECTIONS) return heads
  const valueOf = (head: HeadReport) =>
    massOf(head.coverage, 'leverage', keep) ?? -(sizeOf(head) ?? 0) / Math.max(1, keyCountOf(head))
  const sorted = heads.toSorted((a, b) => valueOf(a) - valueOf(b) || a.index - b.index)
  return [sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]]
}
