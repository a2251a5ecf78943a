import { count, escaped, estimated, plain, share } from '../draw/numbers.ts'
import { shareCeiling } from '../draw/scale.ts'
import { type HeadReport, keyCountOf, type ReportFacts, scoreWord } from '../facts/report-facts.ts'
import { cheapWinners, errorOf, massOf, selectionsOf, standardErrorOf } from '../facts/selections.ts'
import { powerText } from '../plots/pairs-map.ts'
import { anchorOf, attentionHtml, bar } from './cells.ts'
import { sizeOf } from './head-lead.ts'

/** A number of each head. */
interface Column {
  readonly head: string
  /** On a phone, above the number. */
  readonly label: string
  /** What it is sorted by; undefined: not known. */
  readonly of: (head: HeadReport) => number | undefined
  readonly cell: (value: number, head: HeadReport) => string
  readonly className?: string
  readonly colour?: string
  readonly isMass?: boolean
}

/** A row a head, a number above, a bar below. Columns that no head has are left out. `isLinked`: whether a head has a section. */
export function headsTable(facts: ReportFacts, isLinked: (head: HeadReport) => boolean): string {
  const { heads } = facts
  const columns = columnsOf(facts).filter(({ of }) => heads.some((head) => of(head) !== undefined))
  const masses = columns.filter(({ isMass }) => isMass)
  const rows = heads.map((head, order) =>
    rowOf(head, order, columns, winnerOf(head, facts.keep), isLinked(head)),
  )
  return `<table class="heads"><thead>${headRows(columns, masses, facts)}</thead><tbody>${rows.join('')}</tbody></table>`
}

/** From rules that need no queries to the best of all. */
const MASS_COLUMNS = ['leverage', 'norm-max', 'norm-min', 'random', 'accumulated', 'best'] as const
/** An output that is so far off is as bad as one twice as far. */
const MOST_ERROR = 2

/** The numbers at which bars are full: those of the table, so that they differ as the numbers do. */
function barEnds({ keep, heads }: Pick<ReportFacts, 'keep' | 'heads'>) {
  const most = (values: readonly (number | undefined)[]) => Math.max(0, ...values.map((value = 0) => value))
  return {
    pairs: most(heads.flatMap(({ power, softmax }) => [power?.pairs, softmax?.pairs])),
    mass: shareCeiling(
      most(heads.flatMap(({ coverage }) => MASS_COLUMNS.map((select) => massOf(coverage, select, keep)))),
    ),
    error: Math.min(MOST_ERROR, most(heads.map(({ coverage }) => errorOf(coverage, 'leverage', keep)))),
  }
}

/** Where the bars of the table end. */
export function barsText(facts: ReportFacts): string {
  const { heads } = facts
  const { pairs, mass, error } = barEnds(facts)
  const ends = [
    ...(mass < 1 && heads.some(({ coverage }) => coverage) ? [`of softmax masses at ${plain(mass)}`] : []),
    ...(pairs > 0 ? [`of pairs at ${count(pairs)}, the most of a head`] : []),
    ...(error > 0
      ? [`of the output error at ${share(error)}${error < MOST_ERROR ? ', the largest' : ''}`]
      : []),
  ]
  return ends.length === 0 ? 'Bars run from 0 to 1.' : `Bars end at 1, ${ends.join(', ')}.`
}

function columnsOf({ keep, noun, heads }: ReportFacts): Column[] {
  const { epsilon, p } = heads[0]
  const full = barEnds({ keep, heads })
  return [
    {
      head: 'n &times; d',
      label: 'n × d',
      className: 'size',
      of: ({ n }) => n,
      cell: (_, { n, d }) => `${count(n)}${d === undefined ? '' : `&thinsp;&times;&thinsp;${d}`}`,
    },
    {
      head: '|U| / n',
      label: '|U| / n',
      of: (head) => shareOfU(head),
      cell: (value, head) =>
        `<span class="two"><span class="sub">${count(sizeOf(head) ?? 0)}</span><span>${share(value)}</span></span>${bar(value, 'leverage')}`,
    },
    pairsColumn(
      `${attentionHtml(p)} pairs &ge; ${plain(epsilon)}`,
      `|q·k|${powerText(p)} pairs`,
      ({ power }) => power?.pairs,
      full.pairs,
    ),
    pairsColumn(
      `softmax pairs &ge; ${plain(epsilon)}`,
      'softmax pairs',
      ({ softmax }) => softmax?.pairs,
      full.pairs,
    ),
    ...(noun === 'row' ? [largestColumn, heldColumn].map((column) => column(scoreWord(heads[0]))) : []),
    ...MASS_COLUMNS.flatMap((wanted) => selectionsOf(heads[0]).filter(({ select }) => select === wanted)).map(
      ({ select, name, colour }): Column => ({
        head: name,
        label: name,
        className: 'm',
        colour,
        isMass: true,
        of: ({ coverage }) => massOf(coverage, select, keep),
        cell: (value, { coverage }) =>
          `${estimated(value, standardErrorOf(coverage, select, keep))}${bar(value, colour, full.mass)}`,
      }),
    ),
    {
      head: 'output error, leverage',
      label: 'output error',
      of: ({ coverage }) => errorOf(coverage, 'leverage', keep),
      cell: (value) => `${share(value)}${bar(value, 'leverage', full.error)}`,
    },
    {
      head: 'rank',
      label: 'rank',
      of: ({ rank, d }) => (noun === 'row' || rank !== d ? rank : undefined),
      cell: (value) => count(value),
    },
    {
      head: 'condition',
      label: 'condition',
      of: ({ condition }) => condition,
      cell: (value) => conditionText(value),
    },
  ]
}

function largestColumn(word: string): Column {
  return {
    head: `largest ${word}`,
    label: `largest ${word}`,
    of: ({ scores }) => scores?.largest,
    cell: (value) => `${share(value)}${bar(value, 'leverage')}`,
  }
}

function heldColumn(word: string): Column {
  return {
    head: `share of all ${word}s in U`,
    label: `${word}s in U`,
    of: ({ scores, epsilon }) => (scores?.floor === 0 ? scores.held.get(epsilon) : undefined),
    cell: (value) => `${share(value)}${bar(value, 'leverage')}`,
  }
}

function pairsColumn(head: string, label: string, of: Column['of'], most: number): Column {
  return {
    head,
    label,
    of,
    cell: (value) => `${count(value)}${bar(value, 'ink', Math.max(1, most))}`,
  }
}

function shareOfU(head: HeadReport): number | undefined {
  const size = sizeOf(head)
  const n = keyCountOf(head)
  return size === undefined ? undefined : n === 0 ? 0 : size / n
}

function conditionText(value: number): string {
  return value < 1e6
    ? count(Math.round(value))
    : plain(Number(value.toPrecision(2))).replace(/^(\d+)0{6}$/, '$1e6')
}

/** Of the rules that need no queries the one that holds most; undefined where another holds as much. */
function winnerOf({ coverage, isCausal }: HeadReport, keep: number): string | undefined {
  const [winner, ...alike] = cheapWinners(coverage, keep)
  if (winner === undefined || alike.length > 0) return undefined
  return selectionsOf({ isCausal }).find(({ select }) => select === winner.select)?.name
}

function rowOf(
  head: HeadReport,
  order: number,
  columns: readonly Column[],
  winner: string | undefined,
  isLinked: boolean,
): string {
  const name = isLinked ? `<a href="#${anchorOf(head)}">${escaped(head.name)}</a>` : escaped(head.name)
  const mark = head.isCausal ? 'causal' : head.rank === keyCountOf(head) ? 'every score is 1' : ''
  const cells = columns.map(({ of, cell, label, className = '', isMass, head: text }) => {
    const value = of(head)
    const classes = ['n', className, ...(isMass && text === winner ? ['win'] : [])]
      .filter((one) => one !== '')
      .join(' ')
    return `<td class="${classes}" data-l="${escaped(label)}" data-v="${value === undefined ? -1 : Number(value.toPrecision(6))}">${value === undefined ? '' : cell(value, head)}</td>`
  })
  const width = head.name.length <= 24 ? ' class="nb"' : ''
  return `<tr><th scope="row"${width} data-v="${order}">${name}${mark === '' ? '' : ` <small>${mark}</small>`}</th>${cells.join('')}</tr>`
}

function headRows(
  columns: readonly Column[],
  masses: readonly Column[],
  { keep, noun }: ReportFacts,
): string {
  const isGrouped = masses.length > 0
  const first = masses.length === 0 ? -1 : columns.indexOf(masses[0])
  const rows = isGrouped ? ' rowspan="2"' : ''
  const cell = ({ head, colour }: Column, at: number, more: string) =>
    `<th${more} scope="col" class="r${colour ? ` t-${colour}` : ''}" data-s="${at + 1}">${head}</th>`
  const top = columns.map((column, at) => {
    if (!column.isMass) return cell(column, at, rows)
    return at === first
      ? `<th colspan="${masses.length}" class="group">softmax mass captured by ${count(keep)} keys</th>`
      : ''
  })
  const below = columns.map((column, at) => (column.isMass ? cell(column, at, '') : '')).join('')
  const name = `<th${rows} scope="col" data-s="0">${noun === 'row' ? 'matrix' : 'head'}</th>`
  return `<tr>${name}${top.join('')}</tr>${isGrouped ? `<tr>${below}</tr>` : ''}`
}
