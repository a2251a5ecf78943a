import type { JobSummary } from '../../job/job-summary.ts'
import { bytesText, countOf, countText, numberText, percentText, secondsText } from './number-text.ts'
import { columns, FIXED_SPACE, wrapped } from './text-layout.ts'

/** Heads of which nothing but their number is to be told. */
interface CountedHeads {
  readonly headCount?: number
  /** Their files lie in a folder. */
  readonly hasHeadFiles?: boolean
}

/** The summary for people: what was found first, what it cost last. */
export function summaryText(summary: JobSummary & CountedHeads): string {
  const lines = [
    ...universalLines(summary),
    ...headLines(summary),
    ...searchLines(summary),
    ...certaintyLines(summary),
    ['time', timeText(summary)] as const,
    ...summary.outputs.map((path) => ['written', path] as const),
  ]
  return [wrapped(headline(summary), 0, 2), columns(lines), ...warningLines(summary)].join('\n')
}

type Line = readonly [label: string, text: string]

function headline(summary: JobSummary & CountedHeads): string {
  const { command, epsilon, top, n, d, m, heads, headCount = heads?.length } = summary
  const each = headCount === undefined ? '' : ' a head'
  const shapes = [
    n !== undefined
      ? `${isOfRows(command) ? 'rows' : 'keys'} [${countText(n)},${FIXED_SPACE}${d}]${each}`
      : '',
    m !== undefined ? `queries [${countText(m)},${FIXED_SPACE}${d}]${each}` : '',
  ]
  const facts = [
    isOfRows(command) && summary.p === 2 ? 'leverage' : attentionText(summary),
    ...maskTexts(summary),
    top === undefined ? '' : `the ${countOf(top, 'largest share')} of each query`,
    epsilon === undefined ? '' : `epsilon ${numberText(epsilon)}`,
    ...shapes,
  ]
  return `levattention ${command}: ${facts.filter((fact) => fact !== '').join('; ')}`
}

/** Commands about a table alone, in which nothing asks. */
function isOfRows(command: string): boolean {
  return command === 'scores' || command === 'sample'
}

function attentionText({ attention, causal = false, scale }: JobSummary): string {
  if (attention === undefined) return ''
  const kind = `${causal ? 'causal ' : ''}${attention} attention`
  return scale === undefined ? `${kind}, not softmax` : `${kind} of ${numberText(scale)}${FIXED_SPACE}q.k`
}

function maskTexts({
  segment,
  slidingWindow,
  keysHidden = 0,
  queriesHidden = 0,
  ...rows
}: JobSummary): string[] {
  const { keyRows, queryRows } = rows
  const range = (of: string, [first, end]: readonly [number, number]) => `${of} ${first} to ${end - 1} alone`
  return [
    segment === undefined ? '' : `in segments of ${countText(segment)} rows`,
    slidingWindow === undefined ? '' : `a window of ${countOf(slidingWindow, 'key')}`,
    keyRows ? range('keys', keyRows) : '',
    queryRows ? range('queries', queryRows) : '',
    keysHidden > 0 ? `${countOf(keysHidden, 'key')} masked` : '',
    queriesHidden > 0 ? `${countOf(queriesHidden, 'query')} masked` : '',
  ]
}

function universalLines(summary: JobSummary): Line[] {
  const { n = 0, universalSize, universalFraction = 0, epsilon = 1, maxBound } = summary
  if (universalSize === undefined) return []
  const share = percentText(epsilon)
  // The ridge certificate leaves out queries that nearly vanish on all keys: what is said here is not about them.
  const isRidge = summary.certificate === 'ridge'
  const attention = isRidge
    ? 'the attention of any query that the certificate covers'
    : "any query's attention"
  const { causal = false } = summary
  if (causal) return causalLines(summary)
  const noQuery = isRidge ? 'no query that the certificate covers' : 'no query'
  if (universalSize === 0) return [['universal set', `empty: no key can take ${share} of ${attention}`]]
  const size = `${countText(universalSize)} of ${countOf(n, 'key')} (${percentText(universalFraction)})`
  const lines: Line[] = [['universal set', `${size}; no other key can take ${share} of ${attention}`]]
  if (maxBound !== undefined)
    lines.push(['largest bound', `${numberText(maxBound)}: ${noQuery} gives any key more than this share`])
  return lines
}

/** A causal bound is about the queries that see the key. */
function causalLines({
  n = 0,
  universalSize = 0,
  universalFraction = 0,
  epsilon = 1,
  certificate,
}: JobSummary): Line[] {
  const size = `${countText(universalSize)} of ${countText(n)} keys (${percentText(universalFraction)})`
  const covered = certificate === 'ridge' ? ' and the certificate covers' : ''
  const others = `no other key can take ${percentText(epsilon)} of the attention of any query that sees it${covered}`
  return [['universal set', `${size}; ${others}`]]
}

function headLines({ heads, maxBound, headCount, hasHeadFiles }: JobSummary & CountedHeads): Line[] {
  const files = hasHeadFiles ? ': heads.csv and the files beside it' : ''
  if (headCount !== undefined) return [['heads', `${headCount}, each by itself${files}`]]
  if (heads === undefined || heads.length === 0) return []
  const shares = heads.map((head) => head.universalFraction)
  const [least, most] = [Math.min(...shares), Math.max(...shares)].map(percentText)
  const range = least === most ? least : `${least} to ${most}`
  return [
    ['heads', `${heads.length}, each by itself: heads.csv and the files beside it`],
    ['universal sets', `${range} of a head's keys`],
    ['largest bound', `${numberText(maxBound ?? 0)}: no query gives any key more than this share`],
  ]
}

function searchLines(summary: JobSummary & CountedHeads): Line[] {
  const {
    m = 0,
    heads,
    headCount = heads?.length,
    pairs,
    undefinedRows = 0,
    queriesExactPass = 0,
    uncertifiedQueries = 0,
  } = summary
  if (pairs === undefined) return []
  const all = countOf(m * (headCount ?? 1), 'query')
  const of = headCount === undefined ? '' : ` (${countText(m)} in each of ${countOf(headCount, 'head')})`
  const lines: Line[] = [['heavy pairs', `${countText(pairs)}, in ${all}${of}`]]
  lines.push(...softmaxLines(summary))
  if (undefinedRows > 0)
    lines.push(['undefined rows', `${countOf(undefinedRows, 'query')} whose product with every key is 0`])
  if (queriesExactPass > 0)
    lines.push(['exact pass', `${countOf(queriesExactPass, 'query')} decided by reading the keys again`])
  if (uncertifiedQueries > 0) lines.push(['undecided', countOf(uncertifiedQueries, 'query')])
  return lines
}

function softmaxLines({ heavyMassMean, emptyRows = 0, float64Rows = 0 }: JobSummary): Line[] {
  const lines: Line[] = []
  if (heavyMassMean !== undefined)
    lines.push(['they hold', `${percentText(heavyMassMean)} of a query's attention, on average`])
  if (emptyRows > 0) lines.push(['empty rows', `${countOf(emptyRows, 'query')} that see no key`])
  if (float64Rows > 0) lines.push(['in float64', `the sums of ${countOf(float64Rows, 'query')}`])
  return lines
}

function certaintyLines(summary: JobSummary): Line[] {
  const { guarantee, pairs = 0, scoreSlack, thresholdSlack, condition, uncertifiedQueries = 0 } = summary
  if (guarantee === undefined) return []
  const isEstimate = summary.scores === 'estimate'
  const told = isEstimate ? ', scores with standard errors' : `, scores within ${numberText(scoreSlack ?? 0)}`
  const scores = scoreSlack === undefined || pairs === 0 ? '' : told
  const keys =
    condition === undefined ? '' : `; the column-scaled keys' condition is ${numberText(condition)}`
  const { kind: sure, delta = 1 } = guarantee
  const seeds = isEstimate ? `draws (this seed: ${summary.seed})` : 'sketches'
  const found =
    sure === 'deterministic'
      ? 'none missed'
      : `none missed, but with a probability of ${numberText(delta)} at most over the seeds of its ${seeds}`
  // A query that nothing decided may have heavy pairs: the promise is then about the others only.
  const kind = uncertifiedQueries > 0 ? `${found} but of the undecided queries` : found
  const bounds = !thresholdSlack ? '' : `; bounds within ${numberText(thresholdSlack)}`
  return [['certainty', `${kind}${bounds}${scores}${keys}`]]
}

function timeText({ seconds, workers, kernels, bytesRead, peakMemoryBytes }: JobSummary): string {
  const where = workers === undefined || workers === 0 ? 'in one thread' : `on ${countOf(workers, 'thread')}`
  const how = kernels === undefined ? '' : `, ${kernels} kernels`
  const read = bytesRead === undefined ? '' : `, ${bytesText(bytesRead)} read`
  return `${secondsText(seconds.total)} ${where}${how}${read}; peak memory ${bytesText(peakMemoryBytes)}`
}

export function warningLines({ warnings }: Pick<JobSummary, 'warnings'>): string[] {
  return warnings.map(({ message }) => warningLine(message))
}

export function warningLine(message: string): string {
  return wrapped(`warning: ${message}`, 2, 4)
}
