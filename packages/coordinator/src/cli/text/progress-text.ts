import type { Progress, Stage } from '../../tasks/progress.ts'
import type { JobTime } from './job-clock.ts'
import { countText, secondsText } from './number-text.ts'

/** What is done, and in which units it is counted; without one a percentage says enough. */
const WORDS: Readonly<Record<Stage, readonly [doing: string, units?: string]>> = {
  plan: ['planning'],
  pool: ['starting threads', 'threads'],
  map: ['reading keys', 'rows'],
  reduce: ['factoring'],
  refine: ['reading keys again', 'rows'],
  select: ['choosing keys', 'rows'],
  draw: ['drawing keys', 'rows'],
  moments: ['summing moments', 'rows'],
  score: ['scoring rows', 'rows'],
  query: ['searching queries', 'queries'],
  exact: ['deciding queries exactly', 'rows'],
  write: ['writing'],
  head: ['running heads', 'heads'],
  verify: ['trying queries'],
  steps: ['doing steps', 'steps'],
  generate: ['making rows', 'rows'],
  count: ['counting what is not finite', 'rows'],
  content: ['reading inputs'],
  turn: ['reading tables'],
  bench: ['measuring'],
  look: ['looking for values that are not finite', 'rows'],
}
/** Stages whose tasks are what is counted. */
const COUNTED: readonly Stage[] = ['pool', 'head', 'steps', 'count', 'look']

/** The time that is left is told only after so long, and only where it is worth a word. */
const TOLD_AFTER_SECONDS = 2
const TOLD_FROM_SECONDS = 2
const LEAST_BAR = 10
/** What stands behind a bar: its share in brackets' stead, times and what is done, and on a wide terminal counts beside. */
const [SHARE_WIDTH, NARROW_TEXT, WIDE_TEXT, WIDE_FROM] = [8, 42, 56, 100] as const

/** `ofPart`: what a part of a job does, which its heads are counted in. */
export function doingText({ stage, pass, mostPasses = 1 }: Progress, ofPart?: string): string {
  if (stage === 'head' && ofPart !== undefined) return ofPart
  if (pass === undefined) return WORDS[stage][0]
  const most = mostPasses > 1 ? ` of at most ${mostPasses}` : ''
  return `${stage === 'refine' ? 'weighing keys' : 'deciding exactly'} (pass ${pass}${most})`
}

/** `1,310,720 of 10,000,000 rows`; '' for tasks that say nothing to anyone. */
export function countsText(
  { stage, done, total, rowsDone, rowsTotal, isMost = false }: Progress,
  written: (count: number) => string = countText,
): string {
  const [, units] = WORDS[stage]
  const most = isMost ? 'at most ' : ''
  if (units === undefined) return ''
  if (COUNTED.includes(stage)) return `${written(done)} of ${most}${written(total)} ${units}`
  if (rowsDone === undefined || rowsTotal === undefined) return ''
  return `${written(rowsDone)} of ${most}${written(rowsTotal)} ${units}`
}

/** 1310720 as 1.31M. */
function shortCount(count: number): string {
  const [unit, letter] = count < 1e6 ? [1, ''] : count < 1e9 ? [1e6, 'M'] : [1e9, 'G']
  return unit === 1 ? countText(count) : `${(count / unit).toPrecision(3)}${letter}`
}

/** `38 %`, `12 s`, `20 s left`, of the whole job. */
export function timeTexts({ share, elapsedSeconds, leftSeconds }: JobTime): string[] {
  const isTold =
    leftSeconds !== undefined && elapsedSeconds >= TOLD_AFTER_SECONDS && leftSeconds >= TOLD_FROM_SECONDS
  return [
    `${Math.floor(100 * share)} %`,
    secondsText(Math.round(elapsedSeconds)),
    ...(isTold ? [`${secondsText(roughly(leftSeconds))} left`] : []),
  ]
}

/** A line of a log. */
export function progressLine(progress: Progress, time: JobTime, ofPart?: string): string {
  const counts = countsText(progress)
  const [share, elapsed, ...left] = timeTexts(time)
  const isKnown = time.share > 0 || time.leftSeconds !== undefined
  const whole = [
    isKnown ? `${share} of all in ${elapsed}` : elapsed,
    ...left.map((text) => `about ${text}`),
  ].join(', ')
  return `${doingText(progress, ofPart)}: ${counts === '' ? '' : `${counts}; `}${whole}`
}

/**
 * A line of `columns` - 1: a bar of the whole job, as wide as the longest that is usually said behind it leaves room for, its share, times, what
 * is done, and counts. What does not fit is left out.
 */
export function barLine(progress: Progress, time: JobTime, columns: number, ofPart?: string): string {
  const text = columns < WIDE_FROM ? NARROW_TEXT : WIDE_TEXT
  const width = Math.max(LEAST_BAR, columns - 1 - SHARE_WIDTH - text)
  const full = Math.floor(width * time.share)
  const [share, ...times] = timeTexts(time)
  const bar = `[${'='.repeat(full)}${' '.repeat(width - full)}] ${share.padStart(5)}`
  const counts = countsText(progress, shortCount)
  const doing = doingText(progress, ofPart)
  const both = times.join(', ')
  const ends = [
    `  ${both}  ${doing}${counts === '' ? '' : `, ${counts}`}`,
    `  ${both}  ${doing}`,
    `  ${both}`,
    `  ${times[0]}`,
  ]
  const end = ends.find((one) => bar.length + one.length < columns) ?? ''
  return `${bar}${end}`.slice(0, columns - 1).padEnd(columns - 1)
}

/** A guess has two digits, and no tenths. */
function roughly(seconds: number): number {
  return Math.round(Number(seconds.toPrecision(2)))
}
