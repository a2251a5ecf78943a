import type { JobSummary } from '../jobs/job-summary.ts'
import { bytesText, countText, numberText, percentText, secondsText } from './number-text.ts'

/** The summary for people: what was found first, what it cost last. */
export function summaryText(summary: JobSummary): string {
  const lines = [
    ...universalLines(summary),
    ...headLines(summary),
    ...searchLines(summary),
    ...certaintyLines(summary),
    ['time', timeText(summary)] as const,
    ...summary.outputs.map((path) => ['written', path] as const),
  ]
  const width = Math.max(...lines.map(([label]) => label.length))
  const body = lines.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`)
  const warnings = summary.warnings.map(({ message }) => `  warning: ${message}`)
  return [headline(summary), ...body, ...warnings].join('\n')
}

type Line = readonly [label: string, text: string]

function headline({ command, attention, epsilon, n, d, m }: JobSummary): string {
  const shapes = [n !== undefined ? `keys [${n}, ${d}]` : '', m !== undefined ? `queries [${m}, ${d}]` : '']
  const facts = [
    attention === undefined ? '' : `${attention} attention, not softmax`,
    epsilon === undefined ? '' : `epsilon ${numberText(epsilon)}`,
    ...shapes,
  ]
  return `levattention ${command}: ${facts.filter((fact) => fact !== '').join('; ')}`
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
  const noQuery = isRidge ? 'no query that the certificate covers' : 'no query'
  if (universalSize === 0) return [['universal set', `empty: no key can take ${share} of ${attention}`]]
  const size = `${countText(universalSize)} of ${countText(n)} keys (${percentText(universalFraction)})`
  const lines: Line[] = [['universal set', `${size}; no other key can take ${share} of ${attention}`]]
  if (maxBound !== undefined)
    lines.push(['largest bound', `${numberText(maxBound)}: ${noQuery} gives any key more than this share`])
  return lines
}

function headLines({ heads, maxBound }: JobSummary): Line[] {
  if (heads === undefined || heads.length === 0) return []
  const shares = heads.map((head) => head.universalFraction)
  const range = `${percentText(Math.min(...shares))} to ${percentText(Math.max(...shares))}`
  return [
    ['heads', `${heads.length}, each by itself: heads.csv and the files beside it`],
    ['universal sets', `${range} of a head's keys`],
    ['largest bound', `${numberText(maxBound ?? 0)}: no query gives any key more than this share`],
  ]
}

function searchLines(summary: JobSummary): Line[] {
  const { m = 0, pairs, undefinedRows = 0, queriesExactPass = 0, uncertifiedQueries = 0 } = summary
  if (pairs === undefined) return []
  const lines: Line[] = [['heavy pairs', `${countText(pairs)}, in ${countText(m)} queries`]]
  if (undefinedRows > 0)
    lines.push(['undefined rows', `${countText(undefinedRows)} queries whose product with every key is 0`])
  if (queriesExactPass > 0)
    lines.push(['exact pass', `${countText(queriesExactPass)} queries decided by reading the keys again`])
  if (uncertifiedQueries > 0) lines.push(['undecided', `${countText(uncertifiedQueries)} queries`])
  return lines
}

function certaintyLines(summary: JobSummary): Line[] {
  const { guarantee, pairs = 0, scoreSlack, thresholdSlack, condition, uncertifiedQueries = 0 } = summary
  if (guarantee === undefined || thresholdSlack === undefined) return []
  const scores = scoreSlack === undefined || pairs === 0 ? '' : `, scores within ${numberText(scoreSlack)}`
  const keys =
    condition === undefined ? '' : `; the column-scaled keys' condition is ${numberText(condition)}`
  const { kind: sure, delta = 1 } = guarantee
  const found =
    sure === 'deterministic'
      ? 'none missed'
      : `none missed, but with a probability of ${numberText(delta)} at most over the seeds of its sketches`
  // A query that nothing decided may have heavy pairs: the promise is then about the others only.
  const kind = uncertifiedQueries > 0 ? `${found} but of the undecided queries` : found
  return [['certainty', `${kind}; bounds within ${numberText(thresholdSlack)}${scores}${keys}`]]
}

function timeText({ seconds, workers, kernels, bytesRead, peakMemoryBytes }: JobSummary): string {
  const where =
    workers === undefined || workers === 0 ? 'in one thread' : `on ${workers} thread${workers > 1 ? 's' : ''}`
  const how = kernels === undefined ? '' : `, ${kernels} kernels`
  const read = bytesRead === undefined ? '' : `, ${bytesText(bytesRead)} read`
  return `${secondsText(seconds.total)} ${where}${how}${read}; peak memory ${bytesText(peakMemoryBytes)}`
}
