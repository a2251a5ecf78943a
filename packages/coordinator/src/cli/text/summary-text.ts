import type { JobSummary } from '../../job/job-summary.ts'
import { heeded, noteOf } from '../../job/quiet-notes.ts'
import { NEARLY_DEPENDENT } from '../../tasks/near-rank.ts'
import { bytesText, countOf, countText, numberText, secondsText } from './number-text.ts'
import { columns, FIXED_SPACE, wrapped } from './text-layout.ts'

/** A name and what is said of it. */
export type Line = readonly [label: string, text: string]

/** What was found, for people. */
export interface Answer {
  /** The answer in a sentence, behind the command's name. */
  readonly headline: string
  /** Tables and sentences below it, laid out already. */
  readonly body?: readonly string[]
  /** What is to be known beside. */
  readonly lines?: readonly Line[]
  /** Of a table, in which nothing asks; by default told from the command. */
  readonly isOfRows?: boolean
  /** Weights scale its rows: what they make up is a part of a weighted sum. */
  readonly isWeighted?: boolean
}

/** Heads of which nothing but their number is to be told. */
export interface CountedHeads {
  readonly headCount?: number
}

/** The summary for people: the answer first, then how sure it is and what was asked, what it cost last. */
export function summaryText(summary: JobSummary & CountedHeads, answer: Answer): string {
  const { headline, body = [], lines = [], isOfRows = isAboutRows(summary.command), isWeighted } = answer
  const note = noteOf(summary.warnings)
  const rows = [
    ...lines,
    ...certaintyLines(summary),
    ...heeded(summary.warnings).map(({ message }) => ['warning', message] as const),
    ...(note === undefined ? [] : [['note', note] as const]),
    ...askedLines(summary, { isOfRows, isWeighted }),
    ...summary.outputs.map((path, at) => [at === 0 ? 'written' : '', path] as const),
    ['time', timeText(summary)] as const,
  ]
  const title = wrapped(`levattention ${summary.command}: ${lowered(headline)}`, 0, 2)
  return [title, ...(body.length > 0 ? ['', ...body, ''] : []), columns(rows)].join('\n')
}

/** A sentence behind a colon. */
function lowered(sentence: string): string {
  return sentence.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase())
}

function certaintyLines(summary: JobSummary): Line[] {
  const { guarantee, pairs = 0, scoreSlack, thresholdSlack, condition, uncertifiedQueries = 0 } = summary
  if (guarantee === undefined) return []
  const { kind: sure, delta = 1 } = guarantee
  // Where nothing was drawn, row sums are exact but for rounding.
  const isEstimate = summary.scores === 'estimate' && sure === 'probabilistic'
  const within = isEstimate ? 'scores with standard errors' : withinText(scoreSlack)
  const found =
    sure === 'deterministic' ? 'none missed' : noneMissedText(delta, isEstimate ? summary.seed : undefined)
  // A query that nothing decided may have heavy pairs: the promise is then about the others only.
  const kind = uncertifiedQueries > 0 ? `${found} but of the undecided queries` : found
  const parts = [
    kind,
    thresholdSlack ? `bounds within ${numberText(thresholdSlack)}` : '',
    scoreSlack === undefined || pairs === 0 ? '' : within,
    condition === undefined ? '' : `condition ${numberText(condition)}${dependentText(summary)}`,
  ]
  return [['certainty', parts.filter((part) => part !== '').join('; ')]]
}

/** Relatively; intervals may be wider than that. */
function withinText(scoreSlack = 0): string {
  return scoreSlack < 1
    ? `scores within ${numberText(scoreSlack)}`
    : 'some scores by little more than their ends (scoreLow, scoreHigh)'
}

/** With a probability over the seeds of draws, of which this run took `seed`, or of sketches. */
export function noneMissedText(delta: number, seed: number | undefined): string {
  const seeds = seed === undefined ? 'sketches' : `draws (this seed: ${seed})`
  return `none missed, but with a probability of ${numberText(delta)} at most over the seeds of its ${seeds}`
}

/** Directions that rounding alone may have made do not count in a condition. */
function dependentText({ rank, d, warnings }: JobSummary): string {
  const isNear = warnings.some(({ code }) => code === NEARLY_DEPENDENT)
  const isDependent = rank !== undefined && d !== undefined && rank < d
  return isNear || isDependent ? ' of all directions but those that vanish' : ''
}

/** Whether a summary is about a table alone, and whether weights scale its rows. */
interface OfRows {
  readonly isOfRows: boolean
  readonly isWeighted?: boolean | undefined
}

function askedLines(summary: JobSummary & CountedHeads, { isOfRows, isWeighted }: OfRows): Line[] {
  const attention = attentionText(summary, { isOfRows, isWeighted })
  const inputs = inputsText(summary, isOfRows)
  return [
    ...(attention === '' ? [] : [[isOfRows ? 'rows' : 'attention', attention] as const]),
    ...(inputs === '' ? [] : [['inputs', inputs] as const]),
  ]
}

function attentionText(summary: JobSummary, { isOfRows, isWeighted = false }: OfRows): string {
  const { attention, causal = false, scale, p, epsilon, top } = summary
  const isLeverage = isOfRows && p === 2
  const kind = attention === undefined || isLeverage ? '' : `${causal ? 'causal ' : ''}${attention}`
  const sum = `${isWeighted ? 'the weighted sum of ' : ''}|x.b|^${p}`
  const ofRows = `bounds of a row's share of ${sum} in any direction b`
  const facts = [
    kind === ''
      ? ''
      : isOfRows
        ? ofRows
        : scale === undefined
          ? `${kind}, not softmax`
          : `${kind} of ${numberText(scale)}${FIXED_SPACE}q.k`,
    ...maskTexts(summary, isOfRows ? 'row' : 'key'),
    top === undefined ? '' : `the ${countOf(top, 'largest share')} of each query`,
    epsilon === undefined ? '' : `epsilon ${numberText(epsilon)}`,
  ]
  return facts.filter((fact) => fact !== '').join('; ')
}

/** Commands about a table alone, in which nothing asks. */
function isAboutRows(command: string): boolean {
  return command === 'scores' || command === 'sample'
}

function inputsText(summary: JobSummary & CountedHeads, isOfRows: boolean): string {
  const { n, d, m, headCount } = summary
  const shape = (name: string, rows: number) => `${name} [${countText(rows)},${FIXED_SPACE}${d}]`
  const shapes = [
    ...(n === undefined ? [] : [shape(isOfRows ? 'rows' : 'keys', n)]),
    ...(m === undefined ? [] : [shape('queries', m)]),
  ]
  const each =
    headCount === undefined || shapes.length === 0 ? '' : ` in each of ${countOf(headCount, 'head')}`
  return shapes.join(', ') + each
}

function maskTexts(
  {
    segment,
    slidingWindow,
    keysHidden = 0,
    queriesHidden = 0,
    hiddenBatches,
    keysDropped = 0,
    queriesDropped = 0,
    ...rows
  }: JobSummary,
  noun: 'key' | 'row',
): string[] {
  const { keyRows, queryRows } = rows
  const batches = hiddenBatches === undefined ? '' : ` in ${countOf(hiddenBatches, 'batch')} together`
  const range = (of: string, [first, end]: readonly [number, number]) => `${of} ${first} to ${end - 1} alone`
  return [
    segment === undefined ? '' : `in segments of ${countText(segment)} rows`,
    slidingWindow === undefined ? '' : `a window of ${countOf(slidingWindow, 'key')}`,
    keyRows ? range(`${noun}s`, keyRows) : '',
    queryRows ? range('queries', queryRows) : '',
    keysHidden > 0 ? `${countOf(keysHidden, noun)} masked${batches}` : '',
    queriesHidden > 0 ? `${countOf(queriesHidden, 'query')} masked${batches}` : '',
    keysDropped > 0 ? `${countOf(keysDropped, 'row')} dropped` : '',
    queriesDropped > 0 ? `${countOf(queriesDropped, 'query')} dropped` : '',
  ]
}

function timeText(summary: JobSummary): string {
  const { seconds, workers = 0, kernelThreads = 1, kernels, bytesRead, peakMemoryBytes } = summary
  const where =
    workers > 0
      ? `on ${countOf(workers, 'worker thread')}`
      : kernelThreads > 1
        ? `on ${countOf(kernelThreads, 'thread')}`
        : 'in one thread'
  const how = kernels === undefined ? '' : `, ${kernels === 'wasm' ? 'WebAssembly' : kernels} kernels`
  const read = bytesRead === undefined ? '' : `, ${bytesText(bytesRead)} read`
  const startup = seconds.startup === undefined ? '' : `; start-up ${secondsText(seconds.startup)}`
  return `${secondsText(seconds.total)} ${where}${how}${read}${startup}; peak memory ${bytesText(peakMemoryBytes)}`
}

export function warningLines({ warnings }: Pick<JobSummary, 'warnings'>): string[] {
  return heeded(warnings).map(({ message }) => warningLine(message))
}

export function warningLine(message: string): string {
  return wrapped(`warning: ${message}`, 2, 4)
}
