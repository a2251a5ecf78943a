import { RANDOM_DRAWS } from '../../coverage/column-sets.ts'
import { coverageVerdict } from '../../coverage/coverage-verdict.ts'
import { meanColumns, shownKeep } from '../../coverage/mean-columns.ts'
import type { CoverageSummary } from '../../jobs/coverage.ts'
import { coverageTables, spreadOf } from './coverage-tables.ts'
import { countOf, countText } from './number-text.ts'
import { type Line, summaryText } from './summary-text.ts'

/** What was asked for and is not in the summary. */
interface Asked {
  readonly restClusters?: number | undefined
}

/** The coverage of heads for people: tables with their plain mean, and a sentence that says what they show. */
export function coverageText(summary: CoverageSummary, asked: Asked = {}): string {
  const { heads, ...shared } = summary
  const means = meanColumns(heads)
  const lines: Line[] = [
    ...judgedLines(summary),
    ...shownLines(summary),
    ...spreadLines(summary),
    ...clusterLines(summary, asked),
  ]
  const headline = coverageVerdict(summary, means, shownKeep(means))
  return summaryText(shared, { headline, body: coverageTables(summary), lines })
}

function judgedLines({ judged, heads, causal = false }: CoverageSummary): Line[] {
  const empty = heads.reduce((sum, { emptyRows }) => sum + emptyRows, 0)
  const ofHeads = heads.length > 1 ? ` of ${countOf(heads.length, 'head')}` : ''
  const left = empty > 0 ? `; ${countOf(empty, 'query')} that see no key are in no mean` : ''
  const chosenBy = (fits: readonly string[]) =>
    heads[0].selections.filter(({ fit, select }) => fits.includes(fit) && !select.startsWith('best'))
  const names = (fits: readonly string[]) =>
    [...new Set(chosenBy(fits).map(({ select }) => select))].join(', ')
  const [own, others] = [names(['in-sample', 'oracle']), names(['held-out'])]
  const isFixed = heads[0].selections.some(({ keep, fit }) => keep !== null && fit !== 'oracle')
  return [
    ['judged by', `${countOf(judged, 'query')}${ofHeads}${left}`],
    ...(own === '' ? [] : [['in-sample', `${own}: chosen by the judged queries themselves`] as const]),
    ...(others === ''
      ? []
      : [['held-out', `${others}: chosen by other queries than the judged ones`] as const]),
    ...(causal && isFixed ? [['causal', 'fixed sets are chosen by all keys, later ones too'] as const] : []),
  ]
}

/** Of several heads one number of keys is shown, of those that were asked for. */
function shownLines({ heads }: CoverageSummary): Line[] {
  const keeps = [...new Set(heads[0].selections.flatMap(({ keep }) => keep ?? []))]
  const keep = shownKeep(meanColumns(heads))
  if (heads.length === 1 || keep === null || keeps.length < 2) return []
  const others = keeps.filter((one) => one !== keep).map(countText)
  return [['keys', `${countText(keep)} here; ${others.join(', ')} in the files of --out, and with --json`]]
}

function spreadLines({ heads }: CoverageSummary): Line[] {
  const told = heads.flatMap(({ selections }) => selections.filter((one) => spreadOf(one) !== null))
  const isDrawn = told.some(({ massDrawSd = null }) => massDrawSd !== null)
  const isSampled = told.some(({ massDrawSd = null }) => massDrawSd === null)
  const draws = `of random the standard deviation of its ${RANDOM_DRAWS} draws`
  const sample = 'the standard error of the sampled queries'
  if (!isDrawn) return isSampled ? [['±', sample]] : []
  return [['±', isSampled ? `${draws}, of others ${sample}` : draws]]
}

function clusterLines({ heads }: CoverageSummary, { restClusters }: Asked): Line[] {
  if (restClusters === undefined) return []
  const { selections } = heads[0]
  const hasOutputs = selections.some(({ outputErrorMean }) => outputErrorMean !== undefined)
  if (!hasOutputs)
    return [['clusters', 'stand for values, and there are none: masses are of real keys alone']]
  const named = [...new Set(selections.map(({ select }) => select))].filter((one) => /\+rest\b/.test(one))
  const where = named.length > 0 ? ` of ${named.join(', ')}` : ''
  const best = selections.some(({ select }) => select.startsWith('best')) ? '; best is without clusters' : ''
  const stand = restClusters === 1 ? 'stands' : 'stand'
  const text = `${countText(restClusters)} ${stand} for the rest of the keys in outputs${where}; masses are of real keys alone${best}`
  return [['clusters', text]]
}
