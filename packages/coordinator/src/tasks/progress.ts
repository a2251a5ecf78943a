/**
 * Stages of a job, as the summary's `seconds` and the progress name them; the last ten are named by the progress alone. `reduce` is the
 * algebra of d x d matrices between passes: 0 of 1 is told when a piece of it begins, 1 of 1 when it ends.
 */
export type Stage =
  | 'plan'
  | 'pool'
  | 'map'
  | 'reduce'
  | 'refine'
  | 'select'
  | 'draw'
  | 'query'
  | 'exact'
  | 'write'
  | 'turn'
  | 'head'
  | 'moments'
  | 'score'
  | 'steps'
  | 'verify'
  | 'generate'
  | 'count'
  | 'content'
  | 'look'
  | 'bench'

/** Something was done: `done` of `total` tasks of a stage. */
export interface Progress {
  /** What is being done. */
  readonly stage: Stage
  /** Tasks of the stage that are done. */
  readonly done: number
  /** All tasks of the stage. */
  readonly total: number
  /** The same in rows of what is read, or in queries, where tasks are such. */
  readonly rowsDone?: number
  /** All of the stage's. */
  readonly rowsTotal?: number
  /** Of a stage that is gone through several times: which time this is, from 1. */
  readonly pass?: number
  /** How many times it is gone through at the most: the data decide. */
  readonly mostPasses?: number
  /** `total` counts what the data may turn out not to need. */
  readonly isMost?: boolean
}

/** What a part of several equal ones tells, as progress of all of them. */
export function progressOfPart(
  onProgress: ((progress: Progress) => void) | undefined,
  index: number,
  count: number,
): ((progress: Progress) => void) | undefined {
  if (!onProgress || count === 1) return onProgress
  return (progress) => {
    const { done, total, rowsDone, rowsTotal } = progress
    const rows =
      rowsDone === undefined || rowsTotal === undefined
        ? {}
        : { rowsDone: index * rowsTotal + rowsDone, rowsTotal: count * rowsTotal }
    onProgress({ ...progress, done: index * total + done, total: count * total, ...rows })
  }
}

/** Tasks of queries and keys, as so many of `queryCount` queries. */
export function progressInQueries(
  onProgress: ((progress: Progress) => void) | undefined,
  queryCount: number,
): ((progress: Progress) => void) | undefined {
  return (
    onProgress &&
    ((progress) => {
      const rowsDone = Math.floor((progress.done / progress.total) * queryCount)
      onProgress({ ...progress, rowsDone, rowsTotal: queryCount })
    })
  )
}

/** In these parts of all a stage is told that is gone through in passes of which only the work knows the number. */
const STEPS = 1000

/**
 * What `work` of several passes tells, as the part from `from` to `to` (0 to 1) of one stage: it never goes back, each pass is thought to be
 * half of what is left, and the end is told by `end`.
 */
export function progressOfPasses(
  onProgress: ((progress: Progress) => void) | undefined,
  stage: Stage,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly onProgress: ((progress: Progress) => void) | undefined; readonly end: () => void } {
  let [base, share] = [0, 0]
  let last: Progress | undefined
  const tell = () =>
    onProgress?.({ stage, done: Math.round(STEPS * (from + (to - from) * share)), total: STEPS })
  const show = (progress: Progress) => {
    const begins = last?.stage !== progress.stage || last.pass !== progress.pass || progress.done < last.done
    if (begins) base = share
    last = progress
    share = Math.max(
      share,
      base + ((1 - base) / 2) * (progress.total > 0 ? progress.done / progress.total : 1),
    )
    tell()
  }
  const end = () => {
    share = 1
    tell()
  }
  return { onProgress: onProgress && show, end }
}
