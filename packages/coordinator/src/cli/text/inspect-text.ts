import { counted } from '@levattention/core/internal'
import { type InspectedArray, resultIn } from '../../inspect/inspect-arrays.ts'
import type { InspectedColumn } from '../../inspect/inspect-table.ts'
import type { InspectedLev } from '../../inspect/inspect-lev.ts'
import type { Contents, InspectedHeavy } from '../../inspect/inspect.ts'
import { countOf, countText, ESTIMATED_PAIRS, numberText } from './number-text.ts'
import { columns, printableLine, wrapped } from './text-layout.ts'

/** What a file holds, for people. */
export function inspectText(file: string, contents: Contents): string {
  switch (contents.holds) {
    case 'lev':
      return `${file}: ${LEV_KINDS[contents.kind]}\n${columns(levRows(contents))}`
    case 'heavy pairs':
      return `${file}: ${isEstimate(contents) ? ESTIMATED_PAIRS : 'heavy pairs'}\n${columns(heavyRows(contents))}`
    default:
      return arraysText(file, contents.arrays)
  }
}

const LEV_KINDS: Readonly<Record<InspectedLev['kind'], string>> = {
  universal: 'a universal set',
  summary: 'a summary of keys, to be merged',
  factor: 'a factor',
}

const CERTIFICATES = {
  regular: 'regular: no key was dropped that some query could need',
  refined:
    'refined by further passes over the keys; queries nearly orthogonal to all keys are still decided from the keys',
  ridge:
    'ridge: the columns of the keys depend on one another, or nearly; a test decides for each query whether it is covered',
  sketch:
    'none: keys were chosen by random sketches, and a key that some query needs is missed only by chance',
}

type Row = readonly [name: string, meaning: string]

function levRows(lev: InspectedLev): Row[] {
  const { attention, causal, epsilon, n, d, keyCount, element, ranges, openRows, formatVersion } = lev
  const { certificate, condition, rank, thresholdSlack, largestBounds } = lev
  const facts: (Row | undefined)[] = [
    ['attention', `${causal ? 'causal ' : ''}${attention}, not softmax`],
    ['epsilon', String(epsilon)],
    ['made from', `${countOf(n, 'key')} of ${counted(d, 'column')}`],
    ['rows', ranges.map(({ rowStart, rowEnd }) => `${rowStart} to ${rowEnd - 1}`).join(', ') || 'none'],
    ['holds', `${countOf(keyCount, 'key')} as ${element === 'f32' ? 'float32' : 'float64'}`],
    openRows === 0 ? undefined : ['open', `${countOf(openRows, 'row')} whose keys must be read again`],
    [
      'largest bounds',
      largestBounds.map(({ rowId, bound }) => `${numberText(bound)} (row ${rowId})`).join(', ') || 'none',
    ],
    certificate === undefined ? undefined : ['certificate', CERTIFICATES[lev.method ?? certificate]],
    lev.delta === undefined
      ? undefined
      : ['chance of a miss', `${numberText(lev.delta)} at most, over seeds`],
    rank === undefined ? undefined : ['rank', String(rank)],
    condition === undefined ? undefined : ['condition', numberText(condition)],
    thresholdSlack === undefined ? undefined : ['threshold slack', numberText(thresholdSlack)],
    ['format', `.lev version ${formatVersion}`],
  ]
  return facts.filter((row) => row !== undefined)
}

function isEstimate({ meta }: InspectedHeavy): boolean {
  return meta.scores === 'estimate'
}

/** How sure a file of estimates is; where nothing was drawn nothing is left to chance. */
function estimateText({ delta, seed }: InspectedHeavy['meta']): string {
  if (typeof delta !== 'number') return 'of estimates, for which nothing had to be drawn: none is missed'
  return `estimates, with standard errors (scoreSE); none is missed but with a probability of ${numberText(delta)} at most over the seed of the draws (${plain(seed)})`
}

function heavyRows(contents: InspectedHeavy): Row[] {
  const { n, m, pairs, uncertifiedQueries, meta } = contents
  const keys = Array.isArray(meta.rows) ? `keys of ids below ${countText(n)}` : countOf(n, 'key')
  const undecided = uncertifiedQueries === 0 ? 'none' : countOf(uncertifiedQueries, 'query')
  const { attention, epsilon, ...others } = meta
  const told = { attention, epsilon }
  return [
    ['pairs', `${countText(pairs)}, of ${countOf(m, 'query')} and ${keys}`],
    ...(isEstimate(contents) ? [['scores', estimateText(meta)] as const] : []),
    ['undecided', undecided],
    ...Object.entries(told).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, plain(value)] as const],
    ),
    [
      'meta',
      Object.entries(others)
        .map(([name, value]) => `${name} ${plain(value)}`)
        .join('; '),
    ],
  ]
}

function arraysText(file: string, arrays: readonly InspectedArray[]): string {
  const isTable = arrays.length === 1 && arrays[0].table !== undefined
  const count = isTable ? 'a table' : arrays.length === 1 ? 'one array' : counted(arrays.length, 'array')
  const result = resultIn(arrays)
  const parts = arrays.map((array) => {
    if (array.table !== undefined) return tableText(array, array.table)
    const { name, shape, dtype, order, bigEndian, use } = array
    const layout = `${order} order${bigEndian ? ', big-endian' : ''}`
    const title = `${name === '' ? 'the array' : printableLine(name)}: [${shape.join(', ')}] ${dtype}, ${layout}`
    return `  ${title}\n${wrapped(printableLine(use), 4)}`
  })
  return [`${file}: ${count}${result === undefined ? '' : `, ${result.what}`}`, ...parts].join('\n')
}

/** Consecutive columns that hold the same are one line, where there are more. */
const FEW_COLUMNS = 16

function tableText({ shape, dtype, use }: InspectedArray, table: readonly InspectedColumn[]): string {
  const title = `  ${countOf(shape[0], 'row')} of ${counted(table.length, 'column')}, ${dtype}`
  const runs: InspectedColumn[][] = []
  for (const column of table) {
    const last = runs.at(-1)
    if (table.length > FEW_COLUMNS && last?.[0].holds === column.holds) last.push(column)
    else runs.push([column])
  }
  const rows = runs.map((run): Row => {
    const [first, last] = [run[0], run[run.length - 1]]
    const places = run.length === 1 ? `${first.index}` : `${first.index}:${last.index + 1}`
    const names = run.length === 1 ? first.name : `${first.name} … ${last.name}`
    return [
      places,
      printableLine(first.name === '' && last.name === '' ? first.holds : `${names}: ${first.holds}`),
    ]
  })
  return [title, columns(rows), wrapped(printableLine(use), 4)].join('\n')
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
