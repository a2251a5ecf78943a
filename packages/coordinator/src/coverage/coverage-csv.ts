import type { Coverage, CoverageSelection, HeadCoverage } from './coverage-facts.ts'

/** The columns, the same for every run. */
const OF_HEAD = [
  'index',
  'layer',
  'batch',
  'head',
  'source',
  'keyHead',
  'n',
  'm',
  'judged',
  'emptyRows',
  'heavyPairs',
] as const
const OF_SELECTION = [
  'select',
  'keep',
  'fit',
  'massMean',
  'massStandardError',
  'massDrawSd',
  'uniformMass',
  'keysPerRow',
  'heavyRecall',
  'outputErrorMean',
  'outputErrorMedian',
  'outputErrorPooled',
] as const
const QUANTILES = ['massQ05', 'massQ25', 'massQ50', 'massQ75', 'massQ95'] as const

/** A line for each head, rule and number of keys, under a line of names; empty where there is no such number. No histograms. */
export function coverageCsv({ scale, heavy, heads }: Coverage): string {
  const names = [...OF_HEAD, 'scale', 'heavy', ...OF_SELECTION, ...QUANTILES]
  const lines = heads.flatMap((head) =>
    head.selections.map((selection) => lineOf(head, [scale, heavy], selection)),
  )
  return [names.join(','), ...lines, ''].join('\n')
}

function lineOf(head: HeadCoverage, shared: readonly number[], selection: CoverageSelection): string {
  const { massQuantiles } = selection
  return [
    ...OF_HEAD.map((name) => head[name]),
    ...shared,
    ...OF_SELECTION.map((name) => selection[name]),
    ...QUANTILES.map((_, at) => massQuantiles?.[at]),
  ]
    .map(cellOf)
    .join(',')
}

function cellOf(value: string | number | null | undefined): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
